"""Before anything is imported, every line says what it would do, by the rules that sites have anyway."""

import time
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.accounts.models import Account, Organization
from apps.listing.csv_reading import MOST_BYTES, UnreadableTable, delimiter_of, records_of, text_of
from apps.sites.models import Site
from apps.sites.organizations import create_organization
from apps.sites.origins import parse_hosts_and_origins
from apps.tasks import bulk_lines
from apps.tasks.bulk_lines import DryRun, dry_run
from apps.tasks.models import SiteImport, Task
from tests.dashboard.reading import read
from tests.people import Person
from tests.tasks.bulk import GOOD, IMPORT, MIXED, try_out

pytestmark = pytest.mark.django_db
TABLES = {
    "comma": "name,domain\nShop & Co,shop.example\n",
    "semicolon": "name;domain\nShop & Co;shop.example\n",
    "tab": "name\tdomain\nShop & Co\tshop.example\n",
    "quoted": '"name","domain"\n"Shop & Co","shop.example"\n',
    "carriage returns": "name,domain\r\nShop & Co,shop.example\r\n",
    "old line ends": "name,domain\rShop & Co,shop.example\r",
    "byte order mark": "\ufeffname,domain\nShop & Co,shop.example\n",
    "empty lines": "\n\nname,domain\n,\n\nShop & Co,shop.example\n\n",
    "other order and spelling": "Allowed-Origins,NAME\nhttps://shop.example,Shop & Co\n",
}


def judged(person: Person, *lines: str, heading: str = "name,domain") -> DryRun:
    return dry_run(person.actor, "\n".join([heading, *lines]))


def test_lines_of_blanks_cost_no_more_than_their_length() -> None:
    begun_at = time.process_time()

    assert delimiter_of(" " * 200_000 + "\n \n\r\nname;domain,list;origins") == ";"
    assert time.process_time() - begun_at < 1.0


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_file_is_read_however_it_was_saved(alice: Person, table: str) -> None:
    [line] = dry_run(alice.actor, text_of(table.encode())).lines

    assert line.errors == {}
    assert (line.name, parse_hosts_and_origins(line.domains)) == ("Shop & Co", ["https://shop.example"])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Its first line names the columns"),
        (b"\n\n ,\n", "Its first line names the columns"),
        (b"name,domain\n", "no line below it"),
        (b"name\nShop\n", "no column domain"),
        (b"Shop,shop.example\n", "no column name and no column domain"),
        (b"name,domain,Name\nShop,shop.example,x\n", "names name more than once"),
        (b"name,domain\nShop,sh\0op.example\n", "Line 2 holds a NUL"),
        (b"name,domain\nShop,shop.example\nCaf\xe9,cafe.example\n", "Line 3 is not in UTF-8"),
        ("name,domain\nShop,shop.example".encode("utf-16"), "is in UTF-16"),
        (b'name,domain\nShop,"shop.example\n', "Line 2 cannot be read"),
        (b'name,domain\nShop,"shop"x.example\n', "Line 2 cannot be read"),
        (b"name,domain\n" + b"x" * MOST_BYTES, "at most 2,000,000"),
        (b"name,domain" + b"," * 199, "201 columns"),
        (b"name,domain\n" + b"x,y\n" * 10_001, "more than 10,000 lines"),
        (b"name,domain\n" + b"x," + b"a.b " * 30_001, "more than 30,000 domains"),
    ],
)
def test_what_is_no_table_of_sites_is_told_and_not_kept(alice: Person, content: bytes, told: str) -> None:
    with pytest.raises(UnreadableTable, match=told):
        dry_run(alice.actor, text_of(content))


def test_each_line_names_what_is_wrong_with_it(alice: Person) -> None:
    heading = "name,domain,level,growth,allow_localhost,validity_seconds,organization"
    found = judged(
        alice,
        "Fine,fine.example,96,fast,yes,300,",
        ",,,,,,",
        "No domain,,,,,,",
        "Path,https://a.example/cart,,,,,",
        "Numbers,b.example,256,slow,maybe,301,",
        "Word,c.example,many,quick,,,",
        "Elsewhere,d.example,,,,,Nowhere",
        "Long,e.example,,,,,,,,",
        heading=heading,
    )

    assert [(line.number, sorted(line.errors)) for line in found.lines] == [
        (2, []),
        (4, ["domain"]),
        (5, ["domain"]),
        (6, ["allow_localhost", "level", "validity_seconds"]),
        (7, ["growth", "level"]),
        (8, ["organization"]),
        (9, ["line"]),
    ]
    assert "maybe" in found.lines[3].errors["allow_localhost"]
    assert "1 to 255" in found.lines[3].errors["level"]


def test_names_are_unique_in_an_organization_and_domains_are_not(alice: Person, shop: Site) -> None:
    for name in ("North", "South"):
        create_organization(alice.actor, name=name)
    found = judged(
        alice,
        "Shop,shop.example,",
        "Shop,shop.example,North",
        "Shop,shop.example,South",
        "Shop,shop.example,North",
        "Other,shop.example,North",
        heading="name,domain,organization",
    )

    assert [sorted(line.errors) for line in found.lines] == [["name"], [], [], ["name"], []]
    assert "is there already" in found.lines[0].errors["name"]
    assert "Line 3 has the same name" in found.lines[3].errors["name"]


def test_the_good_line_after_a_bad_one_of_its_name_is_still_a_repetition(alice: Person) -> None:
    found = judged(alice, "One,not a domain!", "One,one.example")
    assert [sorted(line.errors) for line in found.lines] == [["domain"], ["name"]]


def test_an_organization_of_another_account_is_none(alice: Person, dave: Person) -> None:
    create_organization(dave.actor, name="Theirs")
    [line] = judged(alice, "One,one.example,Theirs", heading="name,domain,organization").lines
    assert "There is no organization “Theirs”" in line.errors["organization"]
    assert Organization.objects.get().account_id == dave.account.pk


def test_lines_beyond_the_limit_of_the_account_are_refused(alice: Person, shop: Site) -> None:
    Account.objects.filter(pk=alice.account.pk).update(most_sites=3)
    found = judged(alice, "One,one.example", "Bad,no domain!", "Two,two.example", "Three,three.example")

    assert [sorted(line.errors) for line in found.lines] == [[], ["domain"], [], ["limit"]]
    assert found.room == 2
    assert "room for 2 more of 3 sites" in found.lines[3].errors["limit"]
    assert "room for 2 more sites" in read(alice.browser.get(try_out(alice, GOOD))).text


def test_unknown_columns_are_left_out_and_named(alice: Person) -> None:
    page = read(alice.browser.get(try_out(alice, "name,domain,colour,site_key\nOne,one.example,red,x\n")))
    assert "not understood and are left out: colour" in page.text
    assert "of an export are left out: site_key" in page.text


def test_the_page_shows_errors_first_and_creates_nothing(alice: Person) -> None:
    address = try_out(alice, MIXED)
    text = read(alice.browser.get(address)).text

    assert "2 of 3 lines would create a site; 1 cannot be taken" in text
    assert text.index("Two") < text.index("One")
    assert "Create the 2 good ones, leave out 1" in text
    assert "without a secret" in text
    assert not Site.objects.exists()
    assert not Task.objects.exists()


def test_the_lines_are_paged_and_filtered(alice: Person) -> None:
    lines = "".join(f"Site {number},s{number}.example\n" for number in range(250))
    address = try_out(alice, f"name,domain\nWrong,no domain!\n{lines}")

    assert "Site 249" not in read(alice.browser.get(address)).text
    assert "Site 249" in read(alice.browser.get(address, {"page": "3"})).text
    bad = read(alice.browser.get(address, {"show": "bad", "page": "99"})).text
    assert "Wrong" in bad
    assert "Site 0" not in bad
    assert "Wrong" not in read(alice.browser.get(address, {"show": "good", "page": "x"})).text


def test_a_file_that_cannot_be_read_keeps_the_form_and_nothing_else(alice: Person) -> None:
    answer = alice.browser.post(IMPORT, {"text": "Shop,shop.example"})

    page = read(answer)
    assert answer.status_code == 422
    assert "no column name" in page.errors["text"]
    assert page.fields["text"][0].strip() == "Shop,shop.example"
    assert not SiteImport.objects.exists()


def test_hostile_text_is_shown_and_does_nothing(alice: Person) -> None:
    hostile = 'name,domain\n"<script>alert(1)</script>",one.example\n=1+1,two.example\n'
    answer = alice.browser.get(try_out(alice, hostile))
    assert b"<script>alert(1)" not in answer.content
    assert "=1+1" in read(answer).text


def test_10_000_lines_take_few_queries_and_little_memory(alice: Person, django_assert_max_num_queries) -> None:
    lines = [f"Site {number},shop-{number}.example,{number % 255 + 1}" for number in range(10_000)]
    tracemalloc.start()
    with django_assert_max_num_queries(15):
        found = judged(alice, *lines, heading="name,domain,level")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(found.good) == 10_000
    assert peak < 50_000_000


@given(st.binary(max_size=400))
@example(b'name,domain\n"')
@example(b"name,domain\r\n\xef\xbb\xbf")
def test_any_bytes_are_a_table_or_told_to_be_none(content: bytes) -> None:
    try:
        records = list(records_of(text_of(content)))
    except UnreadableTable:
        return
    assert all(any(record.cells) for record in records)
    assert [record.number for record in records] == sorted({record.number for record in records})


@given(st.text(alphabet="nameodi,;\t\"'=\r\n .*/:é1-\ufeff\u202e", max_size=200))
def test_any_text_below_a_heading_is_judged(text: str) -> None:
    try:
        heading, *records = records_of(f"name,domain,level,allow_localhost\n{text}")
    except UnreadableTable:
        return
    told = bulk_lines._usable_heading(heading)
    for record in records:
        line = bulk_lines._line(told, record, len(heading.cells), {})
        bulk_lines._judge(line)
        assert line.is_good == (not line.errors)


@pytest.mark.parametrize(
    ("domain", "told"),
    [
        ("all!", "“all!” is no hostname. A domain is a bare hostname"),
        ("shop.example/path", "has more than a hostname. A domain is a bare hostname, such as shop.example."),
        ("ftp://shop.example", "is neither http nor https. An origin is scheme and host"),
        ("x" * 64 + ".example", "is no hostname. A domain"),
    ],
)
def test_a_wrong_domain_is_told_in_words_about_domains_and_a_wrong_origin_about_origins(alice, domain, told):
    (line,) = dry_run(alice.actor, f"name,domain\nShop,{domain}\n").lines
    assert told in line.errors["domain"]
