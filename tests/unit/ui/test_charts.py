"""Charts in numbers: where bars begin, how long they are, and where lines go."""

from largesse.ui import BarStep, line, side_by_side, waterfall


def step(amount: int, *, total: bool = False) -> BarStep:
    return BarStep(label="x", told=str(amount), amount=amount, total=total)


def test_a_change_goes_on_from_where_the_one_before_ended_and_a_total_stands_on_zero() -> None:
    chart = waterfall("x", [step(50, total=True), step(50), step(-20), step(80, total=True)])
    assert [(bar.kind, bar.start, bar.length) for bar in chart.bars] == [
        ("total", 0.0, 50.0),
        ("rise", 50.0, 50.0),
        ("fall", 80.0, 20.0),
        ("total", 0.0, 80.0),
    ]
    assert chart.zero == 0.0


def test_what_is_below_zero_stands_before_it() -> None:
    chart = side_by_side("x", [step(30), step(-10), step(0)])
    assert chart.zero == 25.0
    assert [(bar.start, bar.length) for bar in chart.bars] == [(25.0, 75.0), (0.0, 25.0), (25.0, 0.0)]


def test_what_is_tiny_can_still_be_seen_and_nothing_draws_nothing() -> None:
    chart = side_by_side("x", [step(1_000_000), step(1)])
    assert chart.bars[1].length == 0.4
    assert [bar.length for bar in side_by_side("x", [step(0), step(0)]).bars] == [0.0, 0.0]


def test_a_line_goes_from_its_first_point_to_its_last_and_tells_its_highest() -> None:
    chart = line("x", [("Monday", "$0", 0), ("Tuesday", "$4", 4), ("Wednesday", "$2", 2)])
    assert chart.points == "0.00,100.00 50.00,0.00 100.00,50.00"
    assert chart.area == "0,100.00 0.00,100.00 50.00,0.00 100.00,50.00 100.00,100.00"
    assert (chart.first, chart.last, chart.top) == (("Monday", "$0"), ("Wednesday", "$2"), ("Tuesday", "$4"))
