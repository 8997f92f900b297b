//! Pictures that are shown: kept as textures while there is room.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use eframe::egui::{ColorImage, Context, TextureHandle, TextureOptions, Vec2, vec2};

use crate::files::{self, Thumbnail};

/// The longest side of a picture in the transcript, in pixels.
pub(super) const SMALL: u32 = 640;
/// The longest side of one that fills the window, in pixels.
pub(super) const LARGE: u32 = 2048;
/// Maximum size of all textures, in bytes. The ones not seen for the longest time go first.
const MAX_BYTES: usize = 96 * 1024 * 1024;

/// Which picture, and how many pixels its longest side has at most.
type Key = (PathBuf, u32);

/// A picture as it is shown.
#[derive(Clone)]
pub(super) enum Picture {
    /// It is being read.
    Loading,
    /// It is not there, or no picture.
    Unreadable,
    /// It can be shown.
    Ready(TextureHandle),
}

impl Picture {
    /// In pixels, if it can be shown.
    pub fn size(&self) -> Option<Vec2> {
        match self {
            Self::Ready(texture) => Some(texture.size_vec2()),
            Self::Loading | Self::Unreadable => None,
        }
    }
}

/// See the [module](self).
#[derive(Default)]
pub(super) struct Pictures(RefCell<Inner>);

#[derive(Default)]
struct Inner {
    /// With the frame in which each was seen last.
    known: BTreeMap<Key, (Picture, u64)>,
    /// Reads them. `None` until the first one is wanted.
    reader: Option<files::Pictures>,
}

impl Pictures {
    /// The picture in this file, at most this many pixels wide and high. If it is not read yet, a frame is painted once it
    /// is.
    pub fn get(&self, ctx: &Context, path: &Path, most: u32) -> Picture {
        let frame = ctx.cumulative_frame_nr();
        let mut inner = self.0.borrow_mut();
        inner.take_in(ctx, frame);
        let key = (path.to_owned(), most);
        if let Some((picture, seen)) = inner.known.get_mut(&key) {
            *seen = frame;
            return picture.clone();
        }
        let reader = inner.reader.get_or_insert_with(|| {
            let ctx = ctx.clone();
            files::Pictures::new(Box::new(move || ctx.request_repaint()))
        });
        // If too many wait, it is asked for in a later frame: the answers of those lead to one.
        if reader.ask(path.to_owned(), most).is_ok() {
            inner.known.insert(key, (Picture::Loading, frame));
        }
        Picture::Loading
    }
}

impl Inner {
    fn take_in(&mut self, ctx: &Context, frame: u64) {
        let Some(reader) = &mut self.reader else {
            return;
        };
        for (path, most, thumbnail) in reader.poll() {
            let image = thumbnail.ok().and_then(|thumbnail| image(&thumbnail));
            let picture = image.map_or(Picture::Unreadable, |image| {
                let texture = ctx.load_texture("picture", image, TextureOptions::LINEAR);
                Picture::Ready(texture)
            });
            self.known.insert((path, most), (picture, frame));
        }
        self.drop_unseen(frame);
    }

    fn drop_unseen(&mut self, frame: u64) {
        let bytes = |picture: &Picture| match picture {
            Picture::Ready(texture) => texture.byte_size(),
            Picture::Loading | Picture::Unreadable => 0,
        };
        let mut sum: usize = self.known.values().map(|(picture, _)| bytes(picture)).sum();
        while sum > MAX_BYTES {
            let is_old = |(_, (picture, seen)): &(&Key, &(Picture, u64))| {
                bytes(picture) > 0 && *seen + 1 < frame
            };
            let oldest = self.known.iter().filter(is_old);
            let oldest = oldest.min_by_key(|(_, (_, seen))| *seen);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else {
                return;
            };
            if let Some((picture, _)) = self.known.remove(&key) {
                sum -= bytes(&picture);
            }
        }
    }
}

fn image(thumbnail: &Thumbnail) -> Option<ColorImage> {
    let size = [thumbnail.width as usize, thumbnail.height as usize];
    // egui panics otherwise.
    let fits = thumbnail.rgba.len() == size[0] * size[1] * 4;
    fits.then(|| ColorImage::from_rgba_unmultiplied(size, &thumbnail.rgba))
}

/// The size of something with this size that fits into `room`, never enlarged.
pub(super) fn fitting(size: Vec2, room: Vec2) -> Vec2 {
    let scale = (room.x / size.x.max(1.0))
        .min(room.y / size.y.max(1.0))
        .min(1.0);
    vec2((size.x * scale).max(1.0), (size.y * scale).max(1.0))
}
