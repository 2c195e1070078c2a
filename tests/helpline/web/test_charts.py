"""Charts: every figure has its place, and no part is drawn outside the frame."""

import hypothesis.strategies as st
from hypothesis import given

from helpline.web.charts import HEIGHT, WIDTH, stacked_columns

FIGURES = st.lists(
    st.tuples(st.integers(0, 5000), st.integers(0, 300), st.integers(0, 300)), max_size=24
)


@given(FIGURES)
def test_columns_stay_in_the_frame_and_are_as_tall_as_their_figures(rows) -> None:
    chart = stacked_columns(
        [(str(n), list(zip("abc", row, strict=True))) for n, row in enumerate(rows)]
    )
    for block in chart.blocks:
        assert 0 <= block.x <= block.x + block.width <= WIDTH
        assert 0 <= block.y <= block.y + block.height <= HEIGHT + 0.1
    assert len(chart.blocks) == sum(figure > 0 for row in rows for figure in row)
    assert len(chart.names) == len(rows)
    assert 2 <= len(chart.lines) <= 7
    assert chart.lines[-1].figure >= max((sum(row) for row in rows), default=0)


def test_parts_are_stacked_from_the_bottom_up() -> None:
    low, high = stacked_columns([("10", [("quickly", 3), ("gave_up", 1)])]).blocks
    assert low.kind == "quickly"
    assert abs(high.y + high.height - low.y) < 0.2
    assert abs(low.height - 3 * high.height) < 0.5
