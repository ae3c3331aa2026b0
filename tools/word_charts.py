"""The charts of Word templates: native charts whose names and figures are tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree
from word_parts import NAMESPACES, SONG, W_NS, Element, of, p

A_NS = "http://schemas.openxmlformats.org/drawingml/2006/main"
C_NS = "http://schemas.openxmlformats.org/drawingml/2006/chart"
WP_NS = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
EMU_OF_TWIP = 635
LINE_GREY = "BFBFBF"


@dataclass(frozen=True)
class Chart:
    """A bar chart: its categories, and each series by its name, figures and fill.

    Every text and figure is a tag. Their number is fixed, so that Word can open the template.
    """

    categories: Sequence[str]
    series: Sequence[tuple[str, Sequence[str], str]]
    upright: bool = True
    stacked: bool = False
    form: str = "#,##0"

    @property
    def named(self) -> bool:
        """Whether a legend has to tell the series apart."""
        return len(self.series) > 1


def c(tag: str, *children: Element | None, **attributes: object) -> Element:
    """An element of a chart; children that are None are left out."""
    element = etree.Element(f"{{{C_NS}}}{tag}", nsmap={"c": C_NS, "a": A_NS})
    for name, value in attributes.items():
        element.set(name, str(value))
    element.extend([child for child in children if child is not None])
    return element


def value(name: str, setting: object) -> Element:
    """A setting that is one value."""
    return c(name, val=setting)


def texts(name: str, items: Sequence[str]) -> Element:
    """Names that stand in the chart itself: it asks no workbook for them."""
    points = [c("pt", _text(text), idx=n) for n, text in enumerate(items)]
    return c(name, c("strLit", value("ptCount", len(items)), *points))


def figures(name: str, items: Sequence[str], form: str) -> Element:
    """Figures that stand in the chart itself."""
    code = c("formatCode")
    code.text = form
    points = [c("pt", _text(text), idx=n) for n, text in enumerate(items)]
    return c(name, c("numLit", code, value("ptCount", len(items)), *points))


def _text(text: str) -> Element:
    element = c("v")
    element.text = text
    return element


def drawn(*, colour: str = "", line: str = "") -> Element:
    """How a shape is filled and outlined."""
    inside = f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>' if colour else ""
    edge = f'<a:ln w="6350"><a:solidFill><a:srgbClr val="{line}"/></a:solidFill></a:ln>'
    return etree.fromstring(
        f'<c:spPr xmlns:c="{C_NS}" xmlns:a="{A_NS}">{inside}{edge if line else ""}</c:spPr>'
    )


def letters(size: int) -> Element:
    """The font of a chart's texts, in hundredths of a point."""
    return etree.fromstring(
        f'<c:txPr xmlns:c="{C_NS}" xmlns:a="{A_NS}"><a:bodyPr/><a:p><a:pPr>'
        f'<a:defRPr sz="{size}"><a:latin typeface="{SONG}"/><a:ea typeface="{SONG}"/>'
        '</a:defRPr></a:pPr><a:endParaRPr lang="zh-CN"/></a:p></c:txPr>'
    )


def chart_part(chart: Chart) -> Element:
    """The part of a chart."""
    shown = ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent")
    labels = c(
        "dLbls",
        c("numFmt", formatCode=f"{chart.form};;", sourceLinked=0),
        *[value(name, int(name == "showVal")) for name in (*shown, "showBubbleSize")],
    )
    rows = []
    for n, (name, points, colour) in enumerate(chart.series):
        rows.append(
            c(
                "ser",
                value("idx", n),
                value("order", n),
                c("tx", _text(name)),
                drawn(colour=colour, line="404040"),
                value("invertIfNegative", 0),
                texts("cat", chart.categories),
                figures("val", points, chart.form),
            )
        )
    plot = c(
        "barChart",
        value("barDir", "col" if chart.upright else "bar"),
        value("grouping", "stacked" if chart.stacked else "clustered"),
        value("varyColors", 0),
        *rows,
        None if chart.stacked else labels,
        value("gapWidth", 80),
        value("overlap", 100) if chart.stacked else None,
        value("axId", 1),
        value("axId", 2),
    )
    # The first category of lying bars stands at the top.
    order = "minMax" if chart.upright else "maxMin"
    names = c(
        "catAx",
        value("axId", 1),
        c("scaling", value("orientation", order)),
        value("delete", 0),
        value("axPos", "b" if chart.upright else "l"),
        c("numFmt", formatCode="General", sourceLinked=0),
        value("majorTickMark", "none"),
        value("minorTickMark", "none"),
        value("tickLblPos", "low"),
        value("crossAx", 2),
        value("crosses", "autoZero"),
    )
    scale = c(
        "valAx",
        value("axId", 2),
        c("scaling", value("orientation", "minMax"), value("min", 0)),
        value("delete", 0),
        value("axPos", "l" if chart.upright else "b"),
        c("majorGridlines", drawn(line=LINE_GREY)),
        c("numFmt", formatCode=chart.form, sourceLinked=0),
        value("majorTickMark", "none"),
        value("minorTickMark", "none"),
        value("tickLblPos", "nextTo"),
        value("crossAx", 1),
        value("crosses", "autoZero" if chart.upright else "max"),
    )
    legend = c("legend", value("legendPos", "b"), value("overlay", 0)) if chart.named else None
    return c(
        "chartSpace",
        value("roundedCorners", 0),
        c(
            "chart",
            value("autoTitleDeleted", 1),
            c("plotArea", c("layout"), plot, names, scale),
            legend,
            value("plotVisOnly", 1),
            value("dispBlanksAs", "gap"),
        ),
        letters(900),
    )


def chart_place(relation: str, width: int, height: int, told: str) -> Element:
    """A paragraph that holds a chart of so many twips; `told` says in words what it shows."""
    size = {"cx": width * EMU_OF_TWIP, "cy": height * EMU_OF_TWIP}
    extent = " ".join(f'{name}="{number}"' for name, number in size.items())
    drawing = etree.fromstring(
        f'<w:r xmlns:w="{W_NS}" xmlns:r="{NAMESPACES["r"]}"><w:drawing>'
        f'<wp:inline xmlns:wp="{WP_NS}" distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent {extent}/><wp:docPr id="1" name="{of(told)}" descr="{of(told)}"/>'
        f'<wp:cNvGraphicFramePr/><a:graphic xmlns:a="{A_NS}"><a:graphicData uri="{C_NS}">'
        f'<c:chart xmlns:c="{C_NS}" r:id="{relation}"/></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )
    paragraph = p("CellCenter")
    paragraph.append(drawing)
    return paragraph
