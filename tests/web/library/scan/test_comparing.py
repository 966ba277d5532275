"""Moves are told from sizes, times and inodes, whichever names files had and have."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reprise.web.library.scan.comparing import OnDisk, Row, compare

NAMES = st.sampled_from("abcdef")


@given(
    st.dictionaries(NAMES, st.integers(0, 5), max_size=6),
    st.dictionaries(NAMES, st.integers(0, 8), max_size=6),
    st.sets(st.integers(0, 5)),
)
def test_every_row_and_every_file_is_accounted_for(
    before: dict[str, int], after: dict[str, int], missing: set[int]
) -> None:
    def of(inode: int) -> OnDisk:
        return OnDisk(100 + inode, 1000 + inode, inode)

    rows = [Row(n, path, *of(inode), n in missing) for n, (path, inode) in enumerate(before.items())]
    disk = {path: of(inode) for path, inode in after.items()}
    found = compare(rows, disk)
    still = [row.id for row in rows if after.get(row.path) == row.inode]
    assert found.unchanged + len(found.back) == len(still)
    # A track follows its very file, once, to a path that was not the file's before.
    for track_id, path in found.moved.items():
        assert rows[track_id].inode == after[path]
        assert track_id not in still
    assert len(set(found.moved.values())) == len(found.moved)
    # Every file is of one kind, and so is every track that was there.
    kept = {rows[n].path for n in still}
    kinds = [kept, set(found.changed), set(found.new), set(found.moved.values())]
    assert sum(map(len, kinds)) == len(set().union(*kinds)) == len(disk)
    lost = [row.id for row in found.gone] + found.displaced
    fates = [*still, *found.moved, *(row.id for row in found.changed.values()), *lost]
    assert len(set(fates)) == len(fates)
    assert {row.id for row in rows} - set(fates) <= missing
    # Nobody is lost whose very file is there under a new name, but for copies by hard links.
    free = {after[path] for path in (*found.new, *found.changed)}
    assert not {rows[n].inode for n in lost} & free
