"""What a release says of itself, and that the files of the packages agree with the program. Needs no package to be built."""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
import xml.etree.ElementTree as ElementTree

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import release  # noqa: E402

CHANGELOG = """# Changelog

## Unreleased

- Not out yet.

## 1.2.3 (2026-12-24)

- Two people talk, in **one** window. A second sentence.
- Less than `<`
  is more.

## 1.2.2 (2026-12-01)

- The first one.
"""
EPOCH = "1798070400"  # 2026-12-24


class Release(unittest.TestCase):
    def copy(self, version, changelog=CHANGELOG):
        """A folder with what the script reads, for this version."""
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name in ("scripts", "packaging", "assets"):
            (folder / name).symlink_to(ROOT / name)
        (folder / "LICENSE-MIT").symlink_to(ROOT / "LICENSE-MIT")
        manifest = (ROOT / "Cargo.toml").read_text()
        (folder / "Cargo.toml").write_text(re.sub(r'^version = ".*"$', f'version = "{version}"', manifest, count=1, flags=re.M))
        (folder / "CHANGELOG.md").write_text(changelog)
        previous, release.ROOT = release.ROOT, folder
        self.addCleanup(setattr, release, "ROOT", previous)
        return folder

    def written(self, folder, *args):
        with unittest.mock.patch.dict("os.environ", SOURCE_DATE_EPOCH=EPOCH):
            release.main(["files", str(folder / "out"), *args])
        return folder / "out"

    def test_a_tag_must_be_the_version_and_the_version_must_be_in_the_changelog(self):
        self.copy("1.2.3")
        release.check("v1.2.3")
        for tag in ("v1.2.4", "1.2.3", "v1.2.3-rc1"):
            with self.assertRaises(SystemExit):
                release.check(tag)
        self.copy("1.3.0")
        with self.assertRaises(SystemExit):
            release.check("v1.3.0")

    def test_the_notes_are_the_section_of_the_version(self):
        self.copy("1.2.3")
        notes = release.section()[2]
        self.assertTrue(notes.startswith("- Two people") and notes.endswith("is more."), notes)
        self.copy("1.3.0")
        self.assertEqual(release.section()[2], "- Not out yet.")

    def test_software_centres_are_told_the_releases_and_where_the_project_is(self):
        folder = self.copy("1.2.3")
        text = (self.written(folder, "https://example.org/a&b") / release.METAINFO).read_text()
        tree = ElementTree.fromstring(text)
        found = [(entry.get("version"), entry.get("date")) for entry in tree.iter("release")]
        self.assertEqual(found, [("1.2.3", "2026-12-24"), ("1.2.2", "2026-12-01")])
        points = [point.text for point in tree.find("releases/release").iter("li")]
        self.assertEqual(points, ["Two people talk, in one window", "Less than < is more"])
        self.assertEqual(tree.find("url[@type='homepage']").text, "https://example.org/a&b")
        self.assertEqual(
            tree.find("screenshots/screenshot/image").text, "https://example.org/a&b/raw/v1.2.3/assets/screenshot.png"
        )
        # Without an address, nothing points anywhere.
        alone = ElementTree.fromstring((self.written(folder) / release.METAINFO).read_text())
        self.assertIsNone(alone.find("url"))
        self.assertIsNone(alone.find("screenshots"))

    def test_the_same_sources_give_the_same_files(self):
        first = self.written(self.copy("1.2.3"))
        second = self.written(self.copy("1.2.3"))
        names = sorted(path.name for path in first.iterdir())
        self.assertEqual(len(names), 4)
        for name in names:
            self.assertEqual((first / name).read_bytes(), (second / name).read_bytes(), name)

    def test_the_changelog_of_the_project_can_be_read(self):
        self.assertTrue(release.section()[2])
        headings = re.findall(r"^## .*$", (ROOT / "CHANGELOG.md").read_text(), re.M)
        self.assertEqual(len(headings), len(release.sections()), headings)


class Agreement(unittest.TestCase):
    def test_the_manual_page_has_every_option(self):
        (text,) = re.findall(r'pub const HELP: &str = "\\\n(.*?)\n";', (ROOT / "src/args.rs").read_text(), re.S)
        options = set(re.findall(r"(?<!\w)--?[A-Za-z][a-z-]*", text))
        self.assertIn("--listen", options)
        page = (ROOT / "packaging/duologue.1").read_text().replace("\\-", "-")
        documented = set(re.findall(r"(?<!\w)--?[A-Za-z][a-z-]*", page))
        self.assertEqual(options - documented, set())
        self.assertEqual({option for option in documented - options if option.startswith("--")}, set())

    def test_the_window_belongs_to_its_desktop_entry(self):
        (name,) = re.findall(r'const APP_ID: &str = "(.*)";', (ROOT / "src/gui/open.rs").read_text())
        entry = (ROOT / f"packaging/{name}.desktop").read_text()
        self.assertIn(f"StartupWMClass={name}\n", entry)
        metainfo = (ROOT / "packaging" / release.METAINFO).read_text()
        self.assertIn(f'<launchable type="desktop-id">{name}.desktop</launchable>', metainfo)
        self.assertIn(f"<id>{release.METAINFO.removesuffix('.metainfo.xml')}</id>", metainfo)

    def test_what_the_workflows_run_is_there(self):
        for path in (ROOT / ".github/workflows").iterdir():
            jobs = yaml.safe_load(path.read_text())["jobs"]
            for job in jobs.values():
                commands = " ".join(step.get("run", "") for step in job["steps"])
                for script in re.findall(r"(?<![\w./])(?:scripts|packaging|\.ci)/[\w./-]+", commands):
                    self.assertTrue((ROOT / script).is_file(), f"{path.name} runs {script}")

    def test_the_flatpak_is_named_as_its_description(self):
        (path,) = (ROOT / "packaging/flatpak").glob("*.yaml")
        manifest = yaml.safe_load(path.read_text())
        self.assertEqual(manifest["app-id"], release.METAINFO.removesuffix(".metainfo.xml"))
        self.assertEqual(path.stem, manifest["app-id"])


if __name__ == "__main__":
    unittest.main()
