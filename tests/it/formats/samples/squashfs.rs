//! squashfs images written table by table, as mksquashfs lays them out; every field that a test wants to lie about is open.

use super::zlib_at;

/// An image under construction: files in the root and in one level of folders.
#[derive(Clone)]
pub struct Squashfs {
    /// Path, content, mode.
    pub files: Vec<(String, Vec<u8>, u16)>,
    /// Path and target.
    pub links: Vec<(String, String)>,
    pub time: u32,
    pub owner: u32,
    /// Bytes of a full block.
    pub block: usize,
    /// zlib's level; tables and blocks are stored where it does not help.
    pub level: u32,
    /// Bytes that stand in the fragment block and in no file.
    pub unnamed: Vec<u8>,
    /// Bytes between the last data block and the inode table.
    pub gap: Vec<u8>,
    /// What each file's start is moved by.
    pub shift: u32,
}

/// Where each of a few things stands, for tests that change them.
pub struct Places {
    pub inodes: usize,
    pub directories: usize,
}

impl Squashfs {
    /// Of these files.
    pub fn of(files: &[(&str, &[u8])]) -> Squashfs {
        let files = files.iter().map(|(path, content)| ((*path).to_owned(), content.to_vec(), 0o644));
        Squashfs {
            files: files.collect(),
            links: Vec::new(),
            time: 1_700_000_000,
            owner: 0,
            block: 4096,
            level: 9,
            unnamed: Vec::new(),
            gap: Vec::new(),
            shift: 0,
        }
    }

    /// After `change`.
    pub fn with(mut self, change: impl FnOnce(&mut Squashfs)) -> Squashfs {
        change(&mut self);
        self
    }

    /// The image.
    pub fn bytes(&self) -> Vec<u8> {
        self.written().0
    }

    /// The image, and where its tables start.
    pub fn written(&self) -> (Vec<u8>, Places) {
        let mut out = vec![0u8; 96];
        let mut fragment = Vec::new();
        let mut inodes: Vec<u8> = Vec::new();
        let mut number = 0u32;
        // Folder, name, offset of the inode, its number, its kind.
        let mut entries: Vec<(String, String, u16, u32, u16)> = Vec::new();
        let mut head = |inodes: &mut Vec<u8>, kind: u16, mode: u16| {
            number += 1;
            let at = inodes.len() as u16;
            for half in [kind, mode, 0, 0] {
                inodes.extend(half.to_le_bytes());
            }
            inodes.extend(self.time.to_le_bytes());
            inodes.extend(number.to_le_bytes());
            (at, number)
        };
        let split = |path: &str| match path.split_once('/') {
            Some((folder, name)) => (folder.to_owned(), name.to_owned()),
            None => (String::new(), path.to_owned()),
        };
        for (path, content, mode) in &self.files {
            let start = out.len() as u32;
            let mut sizes = Vec::new();
            let blocks = content.chunks_exact(self.block);
            let tail = blocks.remainder();
            for block in blocks {
                if block.iter().all(|byte| *byte == 0) {
                    sizes.push(0);
                    continue;
                }
                let (packed, stored) = self.pack(block);
                sizes.push(packed.len() as u32 | if stored { 1 << 24 } else { 0 });
                out.extend(packed);
            }
            let (at, number) = head(&mut inodes, 2, *mode);
            let start = if sizes.iter().all(|size| *size == 0) { 0 } else { start + self.shift };
            inodes.extend(start.to_le_bytes());
            let (index, offset) = if tail.is_empty() { (u32::MAX, 0) } else { (0, fragment.len() as u32) };
            inodes.extend(index.to_le_bytes());
            inodes.extend(offset.to_le_bytes());
            inodes.extend((content.len() as u32).to_le_bytes());
            sizes.iter().for_each(|size| inodes.extend(size.to_le_bytes()));
            fragment.extend(tail);
            let (folder, name) = split(path);
            entries.push((folder, name, at, number, 2));
        }
        for (path, target) in &self.links {
            let (at, number) = head(&mut inodes, 3, 0o777);
            inodes.extend(1u32.to_le_bytes());
            inodes.extend((target.len() as u32).to_le_bytes());
            inodes.extend(target.as_bytes());
            let (folder, name) = split(path);
            entries.push((folder, name, at, number, 3));
        }
        fragment.extend(&self.unnamed);
        assert!(fragment.len() <= self.block, "the ends of all files stand in one fragment block");
        let fragment_at = out.len() as u64;
        let (packed, stored) = self.pack(&fragment);
        let fragment_size = packed.len() as u32 | if stored { 1 << 24 } else { 0 };
        let fragments = u32::from(!fragment.is_empty());
        if fragments > 0 {
            out.extend(packed);
        }
        out.extend(&self.gap);
        let mut folders: Vec<String> = entries.iter().map(|entry| entry.0.clone()).collect();
        folders.sort();
        folders.dedup();
        folders.retain(|folder| !folder.is_empty());
        let mut directories = Vec::new();
        let total = (self.files.len() + self.links.len() + folders.len() + 1) as u32;
        let mut root = 0;
        for folder in folders.iter().map(String::as_str).chain([""]) {
            let mut listed: Vec<_> = entries.iter().filter(|entry| entry.0 == folder).cloned().collect();
            listed.sort_by(|a, b| a.1.cmp(&b.1));
            let offset = directories.len() as u16;
            let base = listed.first().map_or(0, |entry| entry.3);
            if !listed.is_empty() {
                directories.extend((listed.len() as u32 - 1).to_le_bytes());
                directories.extend(0u32.to_le_bytes());
                directories.extend(base.to_le_bytes());
            }
            for (_, name, at, number, kind) in &listed {
                directories.extend(at.to_le_bytes());
                directories.extend((*number as i32 - base as i32).to_le_bytes()[..2].iter());
                directories.extend(kind.to_le_bytes());
                directories.extend((name.len() as u16 - 1).to_le_bytes());
                directories.extend(name.as_bytes());
            }
            let (at, number) = head(&mut inodes, 1, 0o755);
            inodes.extend(0u32.to_le_bytes());
            inodes.extend(2u32.to_le_bytes());
            inodes.extend((directories.len() as u16 - offset + 3).to_le_bytes());
            inodes.extend(offset.to_le_bytes());
            inodes.extend((total + u32::from(folder.is_empty())).to_le_bytes());
            root = at;
            entries.push((String::new(), folder.to_owned(), at, number, 1));
        }
        let places = Places { inodes: out.len(), directories: 0 };
        let inodes_at = out.len() as u64;
        self.table(&mut out, &inodes);
        let directories_at = out.len() as u64;
        self.table(&mut out, &directories);
        let index = |out: &mut Vec<u8>, content: &[u8]| {
            let at = out.len() as u64;
            self.table(out, content);
            let index = out.len() as u64;
            if !content.is_empty() {
                out.extend(at.to_le_bytes());
            }
            index
        };
        let mut entry = Vec::new();
        if fragments > 0 {
            entry.extend(fragment_at.to_le_bytes());
            entry.extend(fragment_size.to_le_bytes());
            entry.extend([0; 4]);
        }
        let fragments_at = index(&mut out, &entry);
        let ids_at = index(&mut out, &self.owner.to_le_bytes());
        let used = out.len() as u64;
        let mut head = b"hsqs".to_vec();
        for word in [total, self.time, self.block as u32, fragments] {
            head.extend(word.to_le_bytes());
        }
        for half in [1u16, self.block.ilog2() as u16, 0, 1, 4, 0] {
            head.extend(half.to_le_bytes());
        }
        for wide in
            [u64::from(root), used, ids_at, u64::MAX, inodes_at, directories_at, fragments_at, u64::MAX]
        {
            head.extend(wide.to_le_bytes());
        }
        out[..96].copy_from_slice(&head);
        out.resize(out.len().next_multiple_of(4096), 0);
        (out, Places { directories: directories_at as usize, ..places })
    }

    fn pack(&self, content: &[u8]) -> (Vec<u8>, bool) {
        let packed = zlib_at(content, self.level);
        if packed.len() < content.len() { (packed, false) } else { (content.to_vec(), true) }
    }

    fn table(&self, out: &mut Vec<u8>, content: &[u8]) {
        for block in content.chunks(8192) {
            let (packed, stored) = self.pack(block);
            out.extend((packed.len() as u16 | if stored { 0x8000 } else { 0 }).to_le_bytes());
            out.extend(packed);
        }
    }
}

/// An image of files with blocks, with ends and without, in the root and in a folder, and a link.
pub fn squashfs() -> Vec<u8> {
    let long: Vec<u8> = (0..3000u32).flat_map(|n| (n * n % 7919).to_le_bytes()).collect();
    let zeros = [vec![0; 8192], b"behind zeros".to_vec()].concat();
    let files: [(&str, &[u8]); 5] = [
        ("empty", b""),
        ("long.bin", &long),
        ("sub/zeros", &zeros),
        ("sub/text", b"in a folder\n"),
        ("whole", &long[..4096]),
    ];
    Squashfs::of(&files)
        .with(|image| image.links.push(("sub/link".to_owned(), "../long.bin".to_owned())))
        .bytes()
}
