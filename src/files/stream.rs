//! The bytes of an offer in one row: a file, or a manifest and the files after it.

use std::{
    io::{self, Cursor, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use bao_tree::io::sync::ReadAt;

use super::{
    location::{self, Located},
    open,
};

/// A stream that is read. Its files are opened one at a time, when they are needed.
pub(super) struct Stream {
    pieces: Vec<Piece>,
    size: u64,
    /// The file that was read last.
    current: Mutex<Option<Open>>,
    /// The piece that was read last.
    last: AtomicUsize,
}

/// The number of a piece, its file, and from where in it the next byte is read.
type Open = (usize, Box<dyn ReadSeek>, u64);

struct Piece {
    /// Where it begins in the stream.
    start: u64,
    length: u64,
    content: Content,
}

enum Content {
    Memory(Vec<u8>),
    File {
        path: PathBuf,
        follow_link: bool,
        is_cleaned: bool,
    },
}

/// What is sent of a file in a folder.
#[derive(Debug)]
pub(super) struct FileContent {
    /// Where it is.
    pub(super) path: PathBuf,
    /// How much is sent of it, in bytes.
    pub(super) size: u64,
    /// Whether it is a picture that is sent without its location.
    pub(super) is_cleaned: bool,
}

trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

impl Stream {
    /// A single file. A link to it is followed, because the person chose it.
    pub(super) fn file(path: &Path, size: u64) -> Self {
        let mut stream = Self::empty();
        stream.push(
            Content::File {
                path: path.to_owned(),
                follow_link: true,
                is_cleaned: false,
            },
            size,
        );
        stream
    }

    /// A folder: its manifest, and its files with their sizes, in the order of the manifest. No links are followed.
    pub(super) fn folder(manifest: Vec<u8>, files: impl Iterator<Item = FileContent>) -> Self {
        let mut stream = Self::empty();
        let length = manifest.len() as u64;
        stream.push(Content::Memory(manifest), length);
        for FileContent {
            path,
            size,
            is_cleaned,
        } in files.filter(|file| file.size > 0)
        {
            let content = Content::File {
                path,
                follow_link: false,
                is_cleaned,
            };
            stream.push(content, size);
        }
        stream
    }

    /// In bytes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// From its beginning to its end.
    pub(super) fn reader(&self) -> impl Read {
        Reader {
            stream: self,
            at: 0,
        }
    }

    /// The file that was read last, or could not be.
    pub(super) fn read_last(&self) -> Option<&Path> {
        match &self.pieces.get(self.last.load(Ordering::Relaxed))?.content {
            Content::Memory(_) => None,
            Content::File { path, .. } => Some(path),
        }
    }

    fn empty() -> Self {
        Self {
            pieces: Vec::new(),
            size: 0,
            current: Mutex::new(None),
            last: AtomicUsize::new(0),
        }
    }

    fn push(&mut self, content: Content, length: u64) {
        self.pieces.push(Piece {
            start: self.size,
            length,
            content,
        });
        self.size += length;
    }

    fn piece_at(&self, position: u64) -> usize {
        self.pieces
            .partition_point(|piece| piece.start + piece.length <= position)
    }

    /// Some bytes of one piece; 0 at the end of the stream.
    fn read_some(&self, position: u64, into: &mut [u8]) -> io::Result<usize> {
        let index = self.piece_at(position);
        let Some(piece) = self.pieces.get(index) else {
            return Ok(0);
        };
        self.last.store(index, Ordering::Relaxed);
        let within = position - piece.start;
        let wanted = into
            .len()
            .min(usize::try_from(piece.length - within).unwrap_or(usize::MAX));
        let into = into.get_mut(..wanted).unwrap_or_default();
        match &piece.content {
            Content::Memory(bytes) => {
                let rest = bytes.get(within as usize..).unwrap_or_default();
                (&mut &*rest).read(into)
            }
            Content::File {
                path,
                follow_link,
                is_cleaned,
            } => {
                let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
                if current.as_ref().is_none_or(|(open, ..)| *open != index) {
                    let file = open(path, *follow_link, *is_cleaned, piece.length)?;
                    *current = Some((index, file, 0));
                }
                let Some((_, file, at)) = current.as_mut() else {
                    return Ok(0);
                };
                if *at != within {
                    file.seek(SeekFrom::Start(within))?;
                    *at = within;
                }
                let read = file.read(into)?;
                *at += read as u64;
                if read == 0 && wanted > 0 {
                    // It became shorter while it was open.
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(read)
            }
        }
    }
}

impl ReadAt for Stream {
    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<usize> {
        self.read_some(position, into)
    }
}

/// Opens a file. It must have `length` bytes.
///
/// # Errors
/// Those of the system; `UnexpectedEof` if it has another length.
fn open(
    path: &Path,
    follow_link: bool,
    is_cleaned: bool,
    length: u64,
) -> io::Result<Box<dyn ReadSeek>> {
    if is_cleaned {
        return match location::read_without(path, follow_link)? {
            Located::Removed(bytes) if bytes.len() as u64 == length => {
                Ok(Box::new(Cursor::new(bytes)))
            }
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        };
    }
    let file = open::to_read(path, follow_link)?;
    if file.metadata()?.len() == length {
        Ok(Box::new(file))
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

struct Reader<'a> {
    stream: &'a Stream,
    at: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read_some(self.at, into)?;
        self.at += read as u64;
        Ok(read)
    }
}
