"""A report as CSV."""

import csv
import io

from codex2api.ledger.reports import Group, Report, empty
from codex2api.ledger.sheet import sheet

HEAD = (
    "id,name,requests,errors,input_tokens,cached_tokens,output_tokens,reasoning_tokens,"
    "cached_share,first_token_ms,first_token_p95_ms,list_price_usd,unpriced"
)


def report(*groups: Group) -> Report:
    return Report(since=0, by="key", groups=list(groups), total=empty("total"))


def test_each_group_is_a_line_and_what_is_not_known_is_empty() -> None:
    known = Group(
        id="k1",
        name="laptop",
        requests=3,
        errors=1,
        input_tokens=1000,
        cached_tokens=900,
        output_tokens=50,
        reasoning_tokens=20,
        cached_share=0.9,
        first_token_ms=412.5,
        first_token_p95_ms=900.0,
        list_price_usd=0.0123,
        unpriced=1,
    )

    assert sheet(report(known, Group(id="k2", name="ci"))) == (
        f"{HEAD}\r\n"
        "k1,laptop,3,1,1000,900,50,20,0.9,412.5,900.0,0.0123,1\r\n"
        "k2,ci,0,0,0,0,0,0,,,,,0\r\n"
    )


def test_a_name_is_no_formula_and_breaks_no_line() -> None:
    evil = ('=HYPERLINK("http://x")', "+1", "-1", "@x", "\tx", 'a,"b"\r\nc')

    rows = list(csv.DictReader(io.StringIO(sheet(report(*(Group(id=n, name=n) for n in evil))))))

    assert [row["name"] for row in rows] == [
        '\'=HYPERLINK("http://x")',
        "'+1",
        "'-1",
        "'@x",
        "'\tx",
        'a,"b"\r\nc',
    ]


def test_nothing_is_the_head_alone() -> None:
    assert sheet(report()) == f"{HEAD}\r\n"
