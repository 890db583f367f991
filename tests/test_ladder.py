"""The ladder: the one shipped, and those that must be refused."""

import pytest

from cadre_research.errors import EvidenceError
from cadre_research.evidence.ladder import load_ladder
from cadre_research.paths import facts_dir

PATH = facts_dir() / "ladder.toml"
TEXT = PATH.read_text(encoding="utf-8")


@pytest.fixture
def load(tmp_path):
    def run(old="", new="", more=""):
        assert old in TEXT
        path = tmp_path / "ladder.toml"
        path.write_text(TEXT.replace(old, new, 1) + more, encoding="utf-8")
        return load_ladder(path)

    return run


def test_the_shipped_ladder_has_the_published_minimum_years():
    ways = {(way.source, way.into): way.minimum_years_in_rank for way in load_ladder(PATH).promotions}
    assert ways == {
        ("staff", "section-deputy"): 3,
        ("section-deputy", "section-chief"): 2,
        ("section-chief", "county-deputy"): 3,
        ("county-deputy", "county-principal"): 2,
    }


def test_every_level_above_staff_has_a_rank_without_a_post_to_go_to():
    ladder = load_ladder(PATH)
    assert ladder.levels == ("staff", "section-deputy", "section-chief", "county-deputy", "county-principal")
    for rank in ladder.ranks:
        if rank.holds_post and rank.id != "staff":
            to = ladder.ranks[ladder.index(rank.released_to)]
            assert (to.level, to.holds_post) == (rank.level, False)


def test_ranks_are_found_by_their_level():
    ladder = load_ladder(PATH)
    assert ladder.ranks_in(["county-deputy", "county-principal"]) == (5, 6, 7, 8)
    assert ladder.ranks_in(["county-deputy", "county-principal"], posts_only=True) == (6, 8)
    assert ladder.ranks_in([]) == ()
    assert ladder.promoted_into == ("section-deputy", "section-chief", "county-deputy", "county-principal")
    assert ladder.index("staff") == 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '\nto = "section-chief"',
            '\nto = "section-cheif"',
            "rank 'section-cheif' is not on this ladder. Did you mean section-chief",
        ),
        (
            'released_to = "section-deputy-no-post"',
            'released_to = "nowhere"',
            "rank 'nowhere' is not on this ladder. Valid: ",
        ),
        (
            '[entry]\nrank = "staff"',
            '[entry]\nrank = "stuff"',
            "rank 'stuff' is not on this ladder. Did you mean staff",
        ),
        ('id = "section-chief"\n', 'id = "staff"\n', "each rank once, got staff more than once"),
        ('id = "women"', 'id = "men"', "each group once, got men more than once"),
        ('id = "died"', 'id = "resigned"', "each exit once, got resigned more than once"),
        ('id = "died"', 'id = "retired"', "exit 'retired': this name is kept for a flow of the model's own"),
        (
            'to = "section-deputy"\n',
            'to = "staff"\n',
            "rank 'staff': expected a way to another rank, got one to itself",
        ),
        (
            'released_to = "section-chief-no-post"',
            'released_to = "section-chief"',
            "rank 'section-chief': expected a way to another rank, got one to itself",
        ),
        ('share_of_entry = { assumption = "women-share-of-entry" }\n', "", "expected one group without share_of_entry"),
        ("oldest_years = 62", "oldest_years = 21", "ages: expected youngest_years <= oldest_years"),
        ("oldest_age_years = 35", "oldest_age_years = 70", "entry: expected its ages in order and within the ages"),
        ("oldest_age_years = 35", "oldest_age_years = 21", "entry: expected its ages in order and within the ages"),
    ],
)
def test_a_ladder_that_does_not_hang_together_is_refused(load, old, new, message):
    with pytest.raises(EvidenceError, match=r"ladder\.toml, key \(whole file\): ") as refused:
        load(old, new)
    assert message in str(refused.value)


@pytest.mark.parametrize("table", ["promotions", "moves"])
def test_a_way_stands_once(load, table):
    ends = {"promotions": ("staff", "section-deputy"), "moves": ("section-chief", "section-chief-no-post")}[table]
    more = f'\n[[{table}]]\nfrom = "{ends[0]}"\nto = "{ends[1]}"\n'
    more += 'kind = "step-aside"\nprobability_per_year = 0.1\n' if table == "moves" else ""
    kind = table.removesuffix("s")
    with pytest.raises(EvidenceError, match=f"each {kind} once, got {ends[0]} to {ends[1]} more than once"):
        load(more=more)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "minimum_years_in_rank = 3",
            "minimum_years = 3",
            "promotions[1].minimum_years: unknown name. Did you mean minimum_years_in_rank",
        ),
        (
            "minimum_years_in_rank = 3",
            "minimum_years_in_rank = -1",
            "given -1; input should be greater than or equal to 0",
        ),
        ("holds_post = false", 'holds_post = "no"', "ranks[2].holds_post: given 'no'; input should be a valid boolean"),
        ('kind = "step-aside"', 'kind = "step-back"', "given 'step-back'; input should be 'step-aside' or 'demotion'"),
        ("longest_tracked_years_in_rank = 10", "longest_tracked_years_in_rank = 61", "given 61; input should be less"),
        (
            'probability_per_year = { assumption = "demotion" }',
            "probability_per_year = 1.5",
            "given 1.5; input should be less",
        ),
        ('from = "staff"\n', "", "promotions[1].from: missing; this key is required"),
        ("format = 1", "format = 3", "line 4, key format: given 3; input should be 1"),
    ],
)
def test_a_wrong_key_or_value_is_refused(load, old, new, message):
    with pytest.raises(EvidenceError) as refused:
        load(old, new)
    assert message in str(refused.value)
