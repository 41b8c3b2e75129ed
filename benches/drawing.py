"""The curves as a drawing, for light and dark: three panels over the size of the district."""
from math import ceil, floor, log10

WIDTH, HEIGHT, TOP, BOTTOM, LEFT, RIGHT = 420, 300, 56, 44, 52, 108
STYLE = """
svg { font: 12px system-ui, sans-serif; }
.ground { fill: #fff } text { fill: #333 } .title { font-weight: 600; font-size: 13px; fill: #111 } .unit { fill: #666 }
.grid { stroke: #ddd } .axis { stroke: #888 } .limit { stroke: #888; stroke-dasharray: 2 4 }
.a { --ink: #1a56b0 } .b { --ink: #b0481a } .c { --ink: #2a7a3b }
path { fill: none; stroke: var(--ink); stroke-width: 2; stroke-linejoin: round } .dashed { stroke-dasharray: 6 4 }
circle { fill: var(--ink) } .name { fill: var(--ink) }
@media (prefers-color-scheme: dark) {
.ground { fill: #16181d } text { fill: #ccc } .title { fill: #f2f2f2 } .unit { fill: #999 }
.grid { stroke: #33363d } .axis { stroke: #777 } .limit { stroke: #999 }
.a { --ink: #7fb0ff } .b { --ink: #ff9d70 } .c { --ink: #7fd493 }
}
"""


def short(n):
    for unit, word in [(1_000_000, "M"), (1_000, "k")]:
        if n >= unit:
            return f"{n / unit:g}{word}"
    return f"{n:g}"


def round_up(value):
    """The next 1, 2, 3, 4, 5 or 8 of its power of ten, so that four lines fall on numbers that can be read."""
    power = 10 ** floor(log10(value))
    return next(step * power for step in [1, 2, 4, 8, 10] if step * power >= value)


def apart(marks, gap=15):
    """Moves labels down until none lies on another: (y, ...) in, the same with other y out."""
    placed = []
    for y, *rest in sorted(marks):
        placed.append((max(y, placed[-1][0] + gap) if placed else y, *rest))
    return placed


def panel(at, title, unit, sizes, series, is_log=False, limit=None):
    """One panel; `series` has (class, dashed, name, values)."""
    values = [value for *_, values in series for value in values if value]
    across = lambda i: LEFT + i * (WIDTH - LEFT - RIGHT) / max(len(sizes) - 1, 1)
    if is_log:
        low, high = floor(log10(min(values))), max(ceil(log10(max(values))), floor(log10(min(values))) + 1)
        part = lambda value: (log10(value) - low) / (high - low)
        ticks = [10.0 ** power for power in range(low, high + 1)]
    else:
        top = round_up(max(values + [limit or 0]))
        part = lambda value: value / top
        ticks = [top * quarter / 4 for quarter in range(5)]
    up = lambda value: HEIGHT - BOTTOM - part(value) * (HEIGHT - TOP - BOTTOM)
    out = [f'<g transform="translate({at * WIDTH} 0)">', f'<text class="title" x="{LEFT}" y="24">{title}</text>',
           f'<text class="unit" x="{LEFT}" y="41">{unit}</text>']
    for tick in ticks:
        out.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up(tick):.1f}" y2="{up(tick):.1f}"/>'
                   f'<text x="{LEFT - 8}" y="{up(tick) + 4:.1f}" text-anchor="end">{short(tick)}</text>')
    for i, size in enumerate(sizes):
        out.append(f'<line class="axis" x1="{across(i):.1f}" x2="{across(i):.1f}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 5}"/>'
                   f'<text x="{across(i):.1f}" y="{HEIGHT - BOTTOM + 19}" text-anchor="middle">{short(size)}</text>')
    out.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM}"/>'
               f'<text class="unit" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">people in the district</text>')
    labels = []
    if limit:
        out.append(f'<line class="limit" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up(limit):.1f}" y2="{up(limit):.1f}"/>')
        labels.append((up(limit), "", f"{limit:g} asked for"))
    for ink, dashed, name, values in series:
        points = [(across(i), up(value)) for i, value in enumerate(values) if value]
        way = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points)
        out.append(f'<g class="{ink}"><path class="{"dashed" if dashed else ""}" d="M{way}"/>{dots}</g>')
        labels.append((points[-1][1], ink, name))
    for y, ink, name in apart(labels):
        out.append(f'<g class="{ink}"><text class="{"name" if ink else "unit"}" x="{WIDTH - RIGHT + 9}" y="{y + 4:.1f}">{name}</text></g>')
    return "\n".join(out + ["</g>"])


def draw(sizes, curve, slowest, middle):
    """`curve` gives the values of a figure by its name; the other two are those of pages, in ms."""
    panels = [
        panel(0, "Import without passwords", "rows a second", sizes,
              [("a", False, "Firstbell", curve("import")), ("b", True, "bare inserts", curve("insert"))]),
        panel(1, "Pages", "milliseconds", sizes,
              [("a", False, "slowest, 99 of 100", slowest), ("c", False, "middle one", middle)], limit=20),
        panel(2, "Passes over everything", "seconds, by powers of ten", sizes,
              [("a", False, "backup", curve("backup")), ("b", False, "check", curve("check")),
               ("c", False, "start", [ready / 1000 for ready in curve("ready")])], is_log=True),
    ]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {3 * WIDTH} {HEIGHT}" role="img" '
            'aria-label="Rows a second, times of pages, and times of backup, check and start, by the number of people in the district">\n'
            f"<style>{STYLE}</style>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n" + "\n".join(panels) + "\n</svg>\n")
