"""What the journal costs: a composite of 2,000 jobs on loopback, with and without, taking turns."""

from bench.composite import campaign

JOBS = 2000
ROUNDS = 7


def main() -> None:
    figures = [(campaign("ours", JOBS, 0.0), campaign("journaled", JOBS, 0.0)) for _ in range(ROUNDS)]
    for name, unit in (("wall_s", "wall"), ("cpu_s", "CPU")):
        without, with_it = (min(pair[which][name] for pair in figures) for which in (0, 1))
        ratios = sorted(pair[1][name] / pair[0][name] for pair in figures)
        print(
            f"{JOBS} jobs, {unit}: {without:.2f} s without, {with_it:.2f} s with a journal (lowest of {ROUNDS}): "
            f"{with_it / without:.2f}; median of the ratios side by side {ratios[len(ratios) // 2]:.2f}"
        )


if __name__ == "__main__":
    main()
