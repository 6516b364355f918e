//! `[crio.image]`.

use super::{Checker, Scope};
use crate::ImageReference;
use crate::catalogue::first_of;
use crate::toml::goquote;

const IMAGE: Scope = Scope::Table("image");

impl Checker<'_> {
    pub(super) fn image_volumes(&mut self) {
        const PATH: [&str; 3] = ["crio", "image", "image_volumes"];
        if !["mkdir", "ignore", "bind"].contains(&self.config.text(&PATH)) {
            let first = if self.release() < first_of(14) { "Unrecognized" } else { "unrecognized" };
            self.fail(Scope::Bare, &PATH, format!("{first} image volume type specified"));
        }
    }

    pub(super) fn image(&mut self) {
        for (key, name) in
            [("signature_policy_dir", "signature policy dir"), ("namespaced_auth_dir", "namespaced auth dir")]
        {
            let path = ["crio", "image", key];
            if self.has(&path) && !self.config.text(&path).starts_with('/') {
                let shown = goquote::string(self.config.text(&path));
                // `filepath.IsAbs`, which looks at the first character alone.
                self.fail(IMAGE, &path, format!("{name} {shown} is not absolute"));
            }
        }
        self.pause_image();
        self.short_name_mode();
    }

    // `ParsePauseImage` came with 1.29; before that the first pod failed.
    fn pause_image(&mut self) {
        const PATH: [&str; 3] = ["crio", "image", "pause_image"];
        if !self.since(29, 0) {
            return;
        }
        let image = self.config.text(&PATH).to_owned();
        if let Err(error) = image.parse::<ImageReference>() {
            let shown = goquote::string(&image);
            self.fail(IMAGE, &PATH, format!("invalid pause image {shown}: {error}"));
        }
    }

    fn short_name_mode(&mut self) {
        const PATH: [&str; 3] = ["crio", "image", "short_name_mode"];
        let mode = self.config.text(&PATH).to_owned();
        if !["", "enforcing", "disabled"].contains(&mode.as_str()) {
            let shown = goquote::string(&mode);
            self.fail(IMAGE, &PATH, format!("invalid short name mode {shown}"));
        }
    }
}
