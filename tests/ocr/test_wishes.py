"""What a client says of the text it expects, honoured on what was read."""

import pytest

from apps.ocr.wishes import NoText, Numeric, Wishes


@pytest.mark.parametrize(
    ("wishes", "lines", "text"),
    [
        (Wishes(), ["two  words", "and a line"], "two words and a line"),
        (Wishes(numeric=Numeric.DIGITS), ["4O8l3"], "40813"),
        (Wishes(numeric=Numeric.DIGITS), ["No. 48 213"], "048213"),
        (Wishes(numeric=Numeric.NO_DIGITS), ["he11o w0rd"], "hello wOrd"),
        (Wishes(is_cased=False), ["GateHouse"], "gatehouse"),
        (Wishes(is_cased=True), ["GateHouse"], "GateHouse"),
        (Wishes(language_pool="en"), ["harbour 港口 48"], "harbour 48"),
        (Wishes(language_pool="en"), ["ｈａｒｂｏｕｒ"], "harbour"),
        (Wishes(language_pool="rn"), ["дом house 家"], "дом house"),
        (Wishes(is_phrase=True), ["two words"], "two words"),
        (Wishes(max_length=5), ["48 213"], "48213"),
        (Wishes(min_length=5, max_length=5), ["48213"], "48213"),
    ],
)
def test_the_text_is_as_wished(wishes: Wishes, lines: list[str], text: str) -> None:
    assert wishes.fulfilled_by(lines) == text


@pytest.mark.parametrize(
    ("wishes", "lines", "why"),
    [
        (Wishes(), [], "No text"),
        (Wishes(), ["  "], "No text"),
        (Wishes(numeric=Numeric.DIGITS), ["harp"], "No text"),
        (Wishes(language_pool="en"), ["港口"], "No text"),
        (Wishes(is_phrase=True), ["single"], "several were expected"),
        (Wishes(min_length=6), ["48213"], "fewer than minLength 6"),
        (Wishes(max_length=4), ["48213"], "more than maxLength 4"),
        (Wishes(max_length=4, is_phrase=True), ["48 213"], "more than maxLength 4"),
    ],
)
def test_a_text_that_is_not_is_none_and_says_why(wishes: Wishes, lines: list[str], why: str) -> None:
    with pytest.raises(NoText, match=why):
        wishes.fulfilled_by(lines)
