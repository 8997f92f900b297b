//! Makes pictures small enough to show, on a thread of its own.

use std::{
    io::{self, Cursor, Read as _},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    thread::{Builder, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits,
    error::LimitErrorKind, imageops::FilterType, metadata::Orientation,
};

use super::{Busy, PictureError, Thumbnail, open};

/// Largest file that is read, in bytes.
const MOST_BYTES: u64 = 64 << 20;
/// Largest number of pixels that are decoded: 256 MiB with four bytes each. More than the cameras of most telephones.
const MOST_PIXELS: u64 = 64 << 20;
/// Memory that decoding may take, in bytes.
const MOST_MEMORY: u64 = 384 << 20;
/// Largest side that is made, in pixels.
const MOST_SIDE: u32 = 4096;
/// Maximum number of pictures that wait.
const MOST_WAITING: usize = 64;

/// Maximum number of small pictures that wait to be taken; the thread waits for room.
const MOST_ANSWERS: usize = 4;
/// How long making one small may take. A progressive JPEG with thousands of passes takes minutes.
const MOST_TIME: Duration = Duration::from_secs(20);
/// Maximum number of pictures that are decoded at the same time: the current one, and one that took too long. A decoder
/// can't be stopped.
const MOST_DECODING: usize = 2;

type Asked = (PathBuf, u32);
type Answer = (PathBuf, u32, Result<Thumbnail, PictureError>);
/// Makes the picture in a file small; see [`picture`].
pub(super) type Decode = fn(&Path, u32) -> Result<Thumbnail, PictureError>;

/// Makes pictures small, on a thread of its own. The window owns one. Dropping it ends the thread, but does not wait for
/// that: the thread only reads, and a large picture takes it seconds.
pub struct Pictures {
    /// `None` until something is asked for.
    thread: Option<(Sender<Asked>, Receiver<Answer>)>,
    wake: Arc<dyn Fn() + Send + Sync>,
    decode: Decode,
    most_time: Duration,
}

impl Pictures {
    /// `wake` is called from the thread when there is something to take.
    pub fn new(wake: Box<dyn Fn() + Send + Sync>) -> Self {
        Self::with(wake, picture, MOST_TIME)
    }

    /// As [`Self::new`], with another decoder and time limit.
    pub(super) fn with(
        wake: Box<dyn Fn() + Send + Sync>,
        decode: Decode,
        most_time: Duration,
    ) -> Self {
        Self {
            thread: None,
            wake: wake.into(),
            decode,
            most_time,
        }
    }

    /// Asks for the picture in this file, at most `side` pixels wide and high (640 in a bubble; up to 4,096).
    ///
    /// # Errors
    /// 64 wait already.
    pub fn ask(&mut self, path: PathBuf, side: u32) -> Result<(), Busy> {
        if self.thread.is_none() {
            let decoder = Decoder {
                decode: self.decode,
                most_time: self.most_time,
                running: Vec::new(),
            };
            self.thread = Some(start(decoder, Arc::clone(&self.wake)).map_err(|_| Busy)?);
        }
        let (asked, _) = self.thread.as_ref().ok_or(Busy)?;
        asked.try_send((path, side)).map_err(|_| Busy)
    }

    /// The answers since the last call: the path and side that were asked for.
    pub fn poll(&mut self) -> Vec<Answer> {
        let answers = self.thread.as_ref().map(|(_, answers)| answers);
        answers.map_or_else(Vec::new, |answers| answers.try_iter().collect())
    }
}

fn start(
    mut decoder: Decoder,
    wake: Arc<dyn Fn() + Send + Sync>,
) -> io::Result<(Sender<Asked>, Receiver<Answer>)> {
    let (sender, asked) = crossbeam_channel::bounded::<Asked>(MOST_WAITING);
    let (answer, answers) = crossbeam_channel::bounded(MOST_ANSWERS);
    Builder::new()
        .name("duologue-pictures".to_owned())
        .spawn(move || {
            for (path, side) in asked {
                let picture = decoder.picture(&path, side);
                if answer.send((path, side, picture)).is_err() {
                    return;
                }
                wake();
            }
        })?;
    Ok((sender, answers))
}

/// Decodes pictures, each on a thread of its own, because a decoder can't be stopped when it takes too long.
struct Decoder {
    decode: Decode,
    most_time: Duration,
    running: Vec<JoinHandle<()>>,
}

impl Decoder {
    fn picture(&mut self, path: &Path, side: u32) -> Result<Thumbnail, PictureError> {
        self.running.retain(|thread| !thread.is_finished());
        if self.running.len() >= MOST_DECODING {
            self.running.remove(0).join().ok();
        }
        let (sender, answer) = crossbeam_channel::bounded(1);
        let (decode, path) = (self.decode, path.to_owned());
        let thread = Builder::new()
            .name("duologue-picture".to_owned())
            .spawn(move || {
                sender.send(decode(&path, side)).ok();
            });
        let thread = thread.map_err(|error| PictureError::Io(error.kind()))?;
        self.running.push(thread);
        match answer.recv_timeout(self.most_time) {
            Ok(picture) => picture,
            Err(RecvTimeoutError::Timeout) => Err(PictureError::TooSlow),
            // It has panicked.
            Err(RecvTimeoutError::Disconnected) => Err(PictureError::NoPicture),
        }
    }
}

/// The picture in a file, at most `side` pixels wide and high. Takes seconds for a large one.
///
/// # Errors
/// See [`PictureError`].
pub fn picture(path: &Path, side: u32) -> Result<Thumbnail, PictureError> {
    let failed = |error: io::Error| PictureError::Io(error.kind());
    let file = open::to_read(path, true).map_err(failed)?;
    if file.metadata().map_err(failed)?.len() > MOST_BYTES {
        return Err(PictureError::TooLarge);
    }
    let mut bytes = Vec::new();
    file.take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    picture_of(&bytes, side)
}

/// A picture from the bytes of its file.
///
/// # Errors
/// See [`PictureError`].
pub fn picture_of(bytes: &[u8], side: u32) -> Result<Thumbnail, PictureError> {
    // The decoders are the code of others, and the bytes those of a peer.
    catch_unwind(AssertUnwindSafe(|| decode_unguarded(bytes, side)))
        .unwrap_or(Err(PictureError::NoPicture))
}

fn decode_unguarded(bytes: &[u8], side: u32) -> Result<Thumbnail, PictureError> {
    // By its content: the name is what the peer says.
    let format = image::guess_format(bytes).map_err(|_| PictureError::NoPicture)?;
    if !matches!(
        format,
        ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP | ImageFormat::Gif
    ) {
        return Err(PictureError::NoPicture);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| failure(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS || decoder.total_bytes() > MOST_MEMORY {
        return Err(PictureError::TooLarge);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| failure(&error))?;
    Ok(small(picture, side.clamp(1, MOST_SIDE), orientation))
}

fn small(picture: DynamicImage, side: u32, orientation: Orientation) -> Thumbnail {
    let (width, height) = (picture.width(), picture.height());
    let mut small = if width <= side && height <= side {
        picture
    } else {
        // `thumbnail` takes each pixel once, which is fast; the filter then makes it smooth.
        let rough = side.saturating_mul(2);
        let rough = if width > rough || height > rough {
            picture.thumbnail(rough, rough)
        } else {
            picture
        };
        rough.resize(side, side, FilterType::Triangle)
    };
    // Turned when it is small.
    small.apply_orientation(orientation);
    let rgba = small.into_rgba8();
    let is_turned = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let full = if is_turned {
        (height, width)
    } else {
        (width, height)
    };
    Thumbnail {
        width: rgba.width(),
        height: rgba.height(),
        rgba: rgba.into_raw(),
        full,
    }
}

fn failure(error: &ImageError) -> PictureError {
    match error {
        ImageError::Limits(limit)
            if !matches!(limit.kind(), LimitErrorKind::Unsupported { .. }) =>
        {
            PictureError::TooLarge
        }
        _ => PictureError::NoPicture,
    }
}
