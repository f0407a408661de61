#!/usr/bin/env python3
"""Draws what xent bench --json writes: time for each logit against classes.

    plot.py RESULTS.json FILE.svg      (or .png; "-" reads the results from standard input)

A row of panels for each operation and format, a panel for each number of threads, with the machine's limit
drawn in: what lies below it is faster than memory.
"""
import json
import sys

import matplotlib

matplotlib.use("Agg")  # needs no display
from matplotlib import pyplot  # noqa: E402

# Okabe and Ito's palette, which colour-blind people can tell apart, and a marker each.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5C3E", "#5B3A8C", "#777777"]
MARKERS = "osD^vP*Xh"
LIMIT_COLOUR = "#222222"
LABEL_DISTANCE = 11  # points between the middles of two labels


def panels(results):
    """{(operation, format): {threads: [row, ...]}} of what was timed, in the order of the table."""
    found = {}
    for row in results["rows"]:
        if row["ns_per_element"] is not None:
            question = found.setdefault((row["operation"], row["format"]), {})
            question.setdefault(row["threads"], []).append(row)
    return found


def styles(results):
    """A colour and a marker for each implementation, the same in every panel."""
    names = [implementation["name"] for implementation in results["implementations"]]
    return {name: (COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)]) for i, name in enumerate(names)}


def by_implementation(rows):
    lines = {}
    for row in sorted(rows, key=lambda row: (row["classes"], row["rows"])):
        lines.setdefault(row["implementation"], []).append(row)
    return lines


def coordinates(rows):
    x = [row["classes"] for row in rows]
    y = [row["ns_per_element"]["median"] for row in rows]
    low = [row["ns_per_element"]["median"] - row["ns_per_element"]["min"] for row in rows]
    high = [row["ns_per_element"]["max"] - row["ns_per_element"]["median"] for row in rows]
    return x, y, [low, high]


def draw_line(axes, rows, colour, marker, **style):
    """Workloads of several rows are joined; a single row is another kind of work and stands alone, hollow."""
    several = [row for row in rows if row["rows"] > 1]
    single = [row for row in rows if row["rows"] == 1]
    x, y, range_ = coordinates(several)
    axes.errorbar(x, y, range_, color=colour, marker=marker, markersize=5, capsize=0, elinewidth=1, **style)
    x, y, range_ = coordinates(single)
    axes.errorbar(x, y, range_, color=colour, marker=marker, markersize=6, markerfacecolor="white", linestyle="",
                  elinewidth=1)


def label_of(name, rows):
    return name + " (fails golden)" if any(row["fails_golden"] for row in rows) else name


def spread(heights, distance):
    """The heights, moved as little as keeps neighbours apart, in their order."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed = []  # groups that touch: [sum of wishes less offsets, members]
    for i in order:
        group = [heights[i], [i]]
        while placed and placed[-1][0] / len(placed[-1][1]) + distance * len(placed[-1][1]) > group[0] / len(group[1]):
            total, members = placed.pop()
            shift = distance * len(members) * len(group[1])
            group = [total + group[0] - shift, members + group[1]]
        placed.append(group)
    result = [0.0] * len(heights)
    for total, members in placed:
        for k, i in enumerate(members):
            result[i] = total / len(members) + k * distance
    return result


def add_labels(axes, figure, labels):
    """Names beside the last point of each line, at the panel's right edge. labels: [(text, y, colour), ...]"""
    if not labels:
        return
    points = 72 / figure.dpi
    heights = [axes.transData.transform((1, y))[1] * points for _, y, _ in labels]
    bottom = axes.transAxes.transform((0, 0))[1] * points
    for (text, y, colour), wished, height in zip(labels, heights, spread(heights, LABEL_DISTANCE)):
        axes.annotate(text, (1, (wished - bottom) / (axes.bbox.height * points)), (10, height - wished),
                      xycoords="axes fraction", textcoords="offset points", va="center", color=colour, fontsize=8,
                      annotation_clip=False,
                      arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.6, "shrinkA": 0, "shrinkB": 0})


def draw_panel(axes, rows, style_of):
    """One panel; returns its labels, which can be placed once the axes have their final limits."""
    labels = []
    for name, line in by_implementation(rows).items():
        is_limit = name == line[0]["limit"]
        colour, marker = (LIMIT_COLOUR, ".") if is_limit else style_of[name]
        if is_limit:
            draw_line(axes, line, colour, marker, linestyle=(0, (4, 2)), linewidth=1.6, zorder=3)
        else:
            draw_line(axes, line, colour, marker, linewidth=1.4)
        several = [row for row in line if row["rows"] > 1] or line
        labels.append((label_of(name, line), several[-1]["ns_per_element"]["median"], colour))
    return labels


def dress(axes, question, threads, first, last):
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.grid(True, which="major", color="#cccccc", linewidth=0.6)
    axes.grid(True, which="minor", axis="y", color="#eeeeee", linewidth=0.4)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_title(f"{question[0]}, {question[1]}, {threads} thread{'' if threads == 1 else 's'}", fontsize=10,
                   loc="left")
    axes.yaxis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
    axes.tick_params(labelsize=8, labelleft=True, labelbottom=True)
    if first:
        axes.set_ylabel("ns for each logit", fontsize=9)
    if last:
        axes.set_xlabel("classes", fontsize=9)


def draw(results):
    questions = panels(results)
    if not questions:
        raise SystemExit("plot: nothing was timed, so there is nothing to draw")
    columns = sorted({threads for by_threads in questions.values() for threads in by_threads})
    figure, grid = pyplot.subplots(len(questions), len(columns), squeeze=False, sharex=True, sharey="row",
                                   figsize=(6.2 * len(columns), 4.2 * len(questions) + 0.9))
    style_of = styles(results)
    labelled = []
    for i, (question, by_threads) in enumerate(questions.items()):
        for j, threads in enumerate(columns):
            dress(grid[i][j], question, threads, j == 0, i == len(questions) - 1)
            labelled.append((grid[i][j], draw_panel(grid[i][j], by_threads.get(threads, []), style_of)))
    machine = results["machine"]
    figure.suptitle(
        f"losses of logits on {machine['cpu']}, {machine['cpus']} CPUs, {machine['simd_target']}\n"
        f"medians and ranges of {results['repetitions']} interleaved repetitions; hollow: a single row",
        fontsize=10, x=0.02, ha="left")
    figure.tight_layout(rect=(0, 0, 0.9, 1), w_pad=9, h_pad=1.5)
    figure.canvas.draw()  # labels are placed by the final limits
    for axes, labels in labelled:
        add_labels(axes, figure, labels)
    return figure


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    with sys.stdin if sys.argv[1] == "-" else open(sys.argv[1], encoding="utf-8") as file:
        results = json.load(file)
    draw(results).savefig(sys.argv[2], dpi=160, bbox_inches="tight")


if __name__ == "__main__":
    main()
