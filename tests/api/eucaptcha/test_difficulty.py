"""The four difficulties are a view of the level, in four equal bands."""

import pytest

from apps.sites.difficulty import DIFFICULTIES, LEVELS, difficulty_of, level_for


def test_the_bands_are_equal_and_cover_every_level():
    bands = {
        difficulty: [level for level in LEVELS if difficulty_of(level) == difficulty] for difficulty in DIFFICULTIES
    }

    assert {difficulty: (band[0], band[-1]) for difficulty, band in bands.items()} == {
        0: (1, 63),
        1: (64, 127),
        2: (128, 191),
        3: (192, 255),
    }


def test_writing_back_what_was_read_changes_nothing():
    assert [level_for(difficulty_of(level), level) for level in LEVELS] == list(LEVELS)


@pytest.mark.parametrize(("difficulty", "middle"), [(0, 32), (1, 96), (2, 160), (3, 224)])
def test_another_difficulty_sets_the_middle_of_its_band(difficulty, middle):
    elsewhere = [level for level in LEVELS if difficulty_of(level) != difficulty]

    assert {level_for(difficulty, level) for level in elsewhere} == {middle}
    assert difficulty_of(middle) == difficulty
