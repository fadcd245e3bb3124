//! The formats suite: the partition of every format holds on valid, damaged and arbitrary bytes, and each
//! format puts a name and a role on what stands where.

mod archives;
mod compressors;
mod data;
mod packs;
mod programs;
mod properties;
pub mod samples;
mod zip;

use pellucid::formats;
use pellucid::model::Anatomy;
use pellucid::model::Check;
use pellucid::model::Limits;
use pellucid::model::Region;
use pellucid::model::Role;

/// Opens `bytes` and checks what must hold for any bytes whatever.
fn open(name: &str, bytes: &[u8]) -> Anatomy {
    let anatomy = formats::open(name, bytes);
    if let Err(broken) = anatomy.check() {
        panic!("the partition of {name} as {} does not hold: {broken}", anatomy.format);
    }
    assert_eq!(anatomy.size, bytes.len() as u64);
    assert_eq!(anatomy.regions.iter().map(Region::len).sum::<u64>(), anatomy.size, "sizes add up");
    let mut names: Vec<&str> = anatomy.regions.iter().map(|region| region.name.as_str()).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "region names are unique");
    anatomy
}

/// Opens `bytes`, which must be of `format` without a problem, a failing check, a gap or trailing bytes.
fn open_clean(format: &str, name: &str, bytes: &[u8]) -> Anatomy {
    let anatomy = open(name, bytes);
    assert_eq!(anatomy.format, format, "{name}");
    assert_eq!(anatomy.problems, Vec::<String>::new(), "{name}");
    for region in &anatomy.regions {
        assert!(!matches!(region.check, Check::Fails(_)), "{name}: {region:?}");
        assert!(!matches!(region.role, Role::Gap | Role::Trailing), "{name}: {region:?}");
    }
    for pack in &anatomy.packs {
        assert_eq!(pack.inside.problems, Vec::<String>::new(), "{name}: {}", pack.name);
        for region in &pack.inside.regions {
            assert!(!matches!(region.check, Check::Fails(_)), "{name}: {}: {region:?}", pack.name);
            assert!(!matches!(region.role, Role::Gap | Role::Trailing), "{name}: {}: {region:?}", pack.name);
        }
    }
    anatomy
}

/// The region called `name`.
fn region<'a>(anatomy: &'a Anatomy, name: &str) -> &'a Region {
    match anatomy.regions.iter().find(|region| region.name == name) {
        Some(region) => region,
        None => panic!(
            "no region {name:?} among {:#?}",
            anatomy.regions.iter().map(|region| &region.name).collect::<Vec<_>>()
        ),
    }
}

/// The content of the member called `name`, of a pack too.
fn content(bytes: &[u8], anatomy: &Anatomy, name: &str) -> Result<Vec<u8>, String> {
    let holds = |anatomy: &Anatomy| anatomy.members.iter().any(|member| member.name == name);
    if let Some(pack) = anatomy.packs.iter().find(|pack| holds(&pack.inside)) {
        return content(&pack.content, &pack.inside, name);
    }
    let member = anatomy.members.iter().find(|member| member.name == name).expect(name);
    let budget = formats::Budget::new(Limits::default());
    formats::member_bytes(bytes, anatomy, member, &budget).map(|content| content.into_owned())
}

/// Whether some problem speaks of `what`.
fn has_problem(anatomy: &Anatomy, what: &str) -> bool {
    anatomy.problems.iter().any(|problem| problem.contains(what))
}
