"""OpenQASM 3 by its specification: values, names, control flow, subroutines."""

import math

import pytest

from tests.local.openqasm.service import QASM2, QASM3, certain, counts, refusal, run

pytestmark = pytest.mark.slow

# A value is seen by turning a qubit by it: `see(condition)` is 1 if the condition holds.
SEE = QASM3 + "qubit q; bit c;\n"


def holds(declarations: str, condition: str) -> bool:
    program = f"{SEE}{declarations}\nif ({condition}) {{ x q; }}\nc = measure q;"
    return certain(program)["c"] == "1"


@pytest.mark.parametrize(
    ("declarations", "condition"),
    [
        # Integers: widths wrap, division truncates towards 0, the remainder has the dividend's sign.
        ("uint[4] a = 15;", "a + 1 == 0"),
        ("uint[4] a = 0; a -= 1;", "a == 15"),
        ("int[4] a = 7; a += 1;", "a == -8"),
        ("int[8] a = -7;", "a / 2 == -3"),
        ("int[8] a = -7;", "a % 2 == -1"),
        ("const int[8] n = 5;", "n / 2 == 2"),
        ("int[8] a = 7 / 2 * 2;", "a == 6"),
        ("int[32] a = 2; int[32] b = 3;", "a ** b == 8 && a * b == 6 && b / a == 1 && b % a == 1"),
        ("", "2 ** 3 ** 2 == 512"),
        ("", "-2 ** 2 == -4"),
        ("", "1 + 2 * 3 == 7 && (1 + 2) * 3 == 9"),
        ("", "7 & 3 ^ 1 | 8 == 8"),
        ("", "1 << 3 == 8 && 0xFF == 255 && 0b101 == 5 && 1_000 == 1000"),
        ("", "10 - 3 - 2 == 5"),
        ("uint[8] a = 1; a <<= 7; a <<= 1;", "a == 0"),
        ("uint[8] a = 200;", "a >> 3 == 25"),
        ("int[8] a = 300;", "a == 44"),
        ("uint[8] a = uint[8](-1);", "a == 255"),
        ("uint[8] a = 255; int[8] b = int[8](a);", "b == -1"),
        ("int[8] i = -1; uint[8] u = 1;", "i > u"),
        ("int[16] i = -1; uint[8] u = 1;", "i < u"),
        # Reals.
        ("float[64] a = 1 / 2;", "a == 0.5"),
        ("float a = 7; int[8] b = int[8](a / 2);", "b == 3"),
        ("float[32] a = 0.1; float[64] b = 0.1;", "a != b"),
        ("", "sin(pi / 2) == 1.0 && arccos(3 / 5) > 0.92 && arccos(3 / 5) < 0.93"),
        ("", "sqrt(2) * sqrt(2) > 1.999 && exp(0) == 1.0 && log(euler) == 1.0 && tau == 2 * pi && π == pi"),
        ("", "floor(2.7) == 2.0 && ceiling(2.1) == 3.0 && mod(7, 3) == 1"),
        ("", "arctan(1) == pi / 4 && arcsin(1) == pi / 2 && cos(0) == 1.0 && tan(0) == 0.0"),
        # Angles: fixed point, modulo 2π, bit by bit as unsigned integers.
        ("angle[4] a = 9 * (pi / 8);", 'bit[4](a) == "1001"'),
        ("angle[4] a = 9 * (pi / 8);", "a << 2 == pi / 2 && a >> 2 == pi / 4"),
        ("angle[4] a = 7 * (pi / 8); angle[4] b = pi / 8;", "a + b == pi && b - a == 5 * (pi / 4)"),
        ("angle[4] a = 7 * (pi / 8); uint[4] two = 2;", "a / two == 3 * (pi / 8)"),
        ("angle[4] a = 5 * (pi / 4); uint[4] two = 2;", "two * a == pi / 2 && a * two == pi / 2"),
        ("angle[4] a = 5 * (pi / 4); angle[4] b = pi / 8;", "a / b == 10"),
        ("angle[4] a = pi / 4; angle[4] b = -a;", 'bit[4](b) == "1110"'),
        ("angle[8] a = 2 * pi;", "a == 0.0"),
        ("angle[32] d = pi;", "d == pi"),
        ("angle[4] a = pi; angle[8] b = angle[8](a);", 'bit[8](b) == "10000000"'),
        ("angle[8] a; a[7] = 1;", "a == pi"),
        # Bits: the rightmost of a literal is bit 0.
        ('bit[4] b = "0011";', "b[0] == 1 && b[3] == 0 && b == 3"),
        ('bit[8] a = "10001111";', 'a << 1 == "00011110" && rotl(a, 2) == "00111110" && rotr(a, 1) == "11000111"'),
        ('bit[8] a = "10001111"; bit[8] b = "01110000";', 'a | b == "11111111"'),
        ('bit[8] a = "10001111"; bit[8] b = "01110000";', '(a | b) == "11111111" && (a & b) == "00000000"'),
        ('bit[8] a = "10001111";', 'popcount(a) == 5 && ~a == "01110000" && (a ^ a) == 0'),
        ("uint[6] b = 37;", "popcount(b) == 3 && rotl(b, 3) == 44"),
        ('bit[4] b = "1010";', "int[4](b) == -6 && uint[4](b) == 10"),
        ("bit[4] b = 10;", 'b == "1010"'),
        ('int[32] i = 15; i[4:7] = "1010";', "i == 0xAF"),
        ("int[32] i = 15; bit[2] b = i[3:4];", 'b == "01"'),
        ('bit[4] b = "0001";', "b[0] && !b[1] && bool(b)"),
        ("bool a = true; bool b = false;", "a && !b && (a || b) && a != b && ~b"),
        # Constants in sizes, aliases, concatenation, sizeof.
        ("const uint n = 2; const uint m = n * 2 + 1; bit[m] b;", "sizeof(b) == 5"),
        ('bit[4] b = "0011"; let low = b[0:1]; low[0] = 0;', "b == 2"),
        ('bit[2] a = "01"; bit[2] b = "10"; let both = a ++ b;', 'both == "1001"'),
        ('bit[4] b = "0110"; let some = b[{1, 2}];', "some == 3"),
        ('bit[4] b = "0001";', "b[-4] == 1 && b[-1] == 0"),
        # Arrays.
        ("array[int[8], 3] a = {1, 2, 3};", "a[0] + a[-1] == 4 && sizeof(a) == 3"),
        ("array[int[8], 2, 3] a = {{1, 2, 3}, {4, 5, 6}};", "a[1, 2] == 6 && a[1][0] == 4 && sizeof(a, 1) == 3"),
        ("array[int[8], 2, 2] a = {{1, 2}, {3, 4}}; a[0] = a[1];", "a[0, 1] == 4"),
        ("array[int[8], 4] a = {1, 2, 3, 4}; a[0:1] = a[2:3];", "a[0] == 3 && a[1] == 4 && a[2] == 3"),
        ("array[int[8], 2] a = {1, 2}; let twice = a ++ a;", "twice[3] == 2"),
        ("array[int[32], 2] a = {0, 1}; a[0][3] = 1;", "a[0] == 8"),
        ('array[bit[2], 2] a = {"01", "10"}; a[0][1] = 1;', 'a[0] == "11" && a[1] == "10"'),
        ("array[float[64], 2] a = {1 / 2, 3};", "a[0] == 0.5"),
        # Scopes.
        ("int a = 1; { int a = 2; a = 3; }", "a == 1"),
        ("int a = 1; { a = 2; }", "a == 2"),
        ("int s = 0; for int s2 in [0:3] { int t = s2; t += 1; s += t; }", "s == 10"),
        ("int i = 7; for int i in [0:3] { i = 100; }", "i == 7"),
        ("int n = 0; for int i in [0:3] { i += 10; n += 1; }", "n == 4"),
    ],
)
def test_what_is_true(declarations: str, condition: str) -> None:
    assert holds(declarations, condition)


@pytest.mark.parametrize(
    ("values", "sum_"),
    [
        ("[0:3]", 6),
        ("[3:-1:0]", 6),
        ("[0:2:5]", 6),
        ("[5:-2:-1]", 8),
        ("[-3:-1]", -6),
        ("[2:1]", 0),
        ("[4:4]", 4),
        ("{1, 5, 10}", 16),
        ("a", 9),
        ("a[1:2]", 7),
        ("[n - 1:n]", 5),
    ],
)
def test_what_a_for_goes_through(values: str, sum_: int) -> None:
    declarations = (
        f"array[int[8], 3] a = {{2, 3, 4}}; const int n = 3; int s = 0; for int i in {values} {{ s += i; }}"
    )
    assert holds(declarations, f"s == {sum_}")


def test_a_for_over_bits_starts_with_bit_0() -> None:
    declarations = 'bit[3] b = "011"; uint[8] s = 0; for bit one in b { s <<= 1; if (one) { s += 1; } }'
    assert holds(declarations, "s == 6")


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        ("for int i in [0:9] { if (i == 3) { break; } n += 1; }", 3),
        ("for int i in [0:9] { if (i % 2 == 0) { continue; } n += i; }", 25),
        ("while (true) { n += 1; if (n == 5) { break; } }", 5),
        ("while (n < 10) { n += 1; if (n == 4) { continue; } m += 1; }", 10),
        ("for int i in [0:2] { for int j in [0:2] { if (j == 1) { break; } n += 1; } }", 3),
        ("for int i in [0:1] for int j in [0:1] n += 1;", 4),
    ],
)
def test_loops(loop: str, expected: int) -> None:
    assert holds(f"int n = 0; int m = 0; {loop}", f"n == {expected}")


@pytest.mark.parametrize(("value", "seen"), [(1, 10), (2, 20), (3, 20), (4, 30)])
def test_switch(value: int, seen: int) -> None:
    declarations = (
        f"int[8] v = {value}; int r = 0; switch (v) {{ case 1 {{ r = 10; }} case 2, 3 {{ r = 20; }} "
        "default { r = 30; } }"
    )
    assert holds(declarations, f"r == {seen}")


class TestSubroutines:
    def test_arguments_by_value_and_a_result(self) -> None:
        declarations = (
            "def twice(int[8] a) -> int[8] { a *= 2; return a; } int[8] b = 21; int[8] d = twice(b) + twice(1);"
        )
        assert holds(declarations, "d == 44 && b == 21")

    def test_qubits_are_passed_on(self) -> None:
        program = f"{QASM3}def flip(qubit[2] a, qubit b) {{ x a[1]; x b; }}\nqubit[4] q; bit[4] c; flip(q[{{3, 0}}], q[2]); c = measure q;"  # noqa: E501
        assert certain(program) == {"c": "1010"}

    def test_arrays_by_reference(self) -> None:
        declarations = (
            "def fill(mutable array[int[8], #dim=1] a, int[8] v) { for int i in [0:sizeof(a) - 1] { a[i] = v; } }\n"
            "array[int[8], 3] b = {1, 2, 3}; fill(b, 7);"
        )
        assert holds(declarations, "b[0] + b[2] == 14")

    def test_measured_bits_come_back(self) -> None:
        program = (
            f"{QASM3}def look(qubit a) -> bit {{ x a; return measure a; }}\nqubit[2] q; bit[2] c; "
            "c[1] = look(q[0]); c[0] = measure q[1];"
        )
        assert certain(program) == {"c": "01"}
        assert run(program).metrics["method"] == "stabilizer"

    def test_recursion_ends(self) -> None:
        declarations = "def sum(int n) -> int { if (n == 0) { return 0; } return n + sum(n - 1); }"
        assert holds(declarations, "sum(10) == 55")
        assert "deep" in str(refusal(f"{SEE}def f(int n) -> int {{ return f(n); }} int a = f(1); c = measure q;"))

    def test_an_early_return(self) -> None:
        declarations = "def f(int n) -> int { for int i in [0:9] { if (i == n) { return i * 2; } } return -1; }"
        assert holds(declarations, "f(4) == 8 && f(40) == -1")


class TestOutcomes:
    """What is measured decides what happens."""

    @pytest.mark.parametrize("one", [0, 1])
    @pytest.mark.parametrize(
        ("condition", "when"),
        [
            ("m", 1),
            ("!m", 0),
            ("m == 1", 1),
            ("m != 1", 0),
            ("b[0]", 1),
            ("b == 1", 1),
            ('b == "01"', 1),
            ("b < 1", 0),
            ("b >= 1", 1),
            ("b != 0 && m", 1),
            ("m || b[1]", 1),
            ("~m", 0),
            ("m ^ b[1]", 1),
            ("(m & b[0]) == 1", 1),
            ("uint[2](b) == 1", 1),
            ("int[2](b) == 1", 1),
            ("bool(m)", 1),
            ("!(m || b[1])", 0),
            ("uint[2](b) > 0", 1),
            ("true == m", 1),
            ("uint[2](b) + 1 == 2", 1),
            ("popcount(b) == 1", 1),
        ],
    )
    def test_conditions(self, condition: str, when: int, one: int) -> None:
        turn = "x q[0];" if one else ""
        program = (
            f"{QASM3}qubit[2] q; bit m; bit[2] b; bit r;\n{turn} m = measure q[0]; b[0] = measure q[0];\n"
            f"if ({condition}) {{ x q[1]; }}\nr = measure q[1];"
        )
        assert certain(program)["r"] == str(int(one == when))

    def test_else(self) -> None:
        program = (
            f"{QASM3}qubit[3] q; bit m; bit[2] r; h q[0]; m = measure q[0]; "
            "if (m) { x q[1]; } else { x q[2]; } r = measure q[1:2];"
        )
        assert set(counts(program)["r"]) == {"10", "01"}

    @pytest.mark.parametrize("size", [2, 3])
    def test_switch(self, size: int) -> None:
        program = (
            f"{QASM3}qubit[4] q; bit[{size}] b; bit[2] r; h q[0]; h q[1]; b[0] = measure q[0]; b[1] = measure q[1];\n"
            f"switch (uint[{size}](b)) {{ case 1, 2 {{ x q[2]; }} case 3 {{ x q[3]; }} default {{ }} }}\n"
            "r = measure q[2:3]; b = 0; b[0] = r[0] ^ r[1];"
        )
        results = counts(program, 400)
        assert set(results["r"]) == {"00", "10", "01"}
        assert results["r"]["10"] > results["r"]["01"]

    def test_classical_values_may_depend_on_outcomes(self) -> None:
        program = (
            f"{QASM3}qubit[3] q; bit[2] m; bit r; uint[4] n = 0; h q[0]; h q[1]; m = measure q[0:1];\n"
            "for int i in [0:1] { if (m[i]) { n += 1; } }\n"
            "if (n == 1) { x q[2]; } r = measure q[2];"
        )
        simulation = run(program, 1000)
        assert simulation.metrics["method"] == "branches"
        assert 400 < simulation.results["r"]["1"] < 600

    def test_an_angle_that_was_measured(self) -> None:
        program = f"{QASM3}qubit[2] q; angle[3] a; bit r; x q[0]; a[2] = measure q[0]; ry(a) q[1]; r = measure q[1];"
        assert certain(program) == {"r": "1"}

    def test_an_index_that_was_measured(self) -> None:
        program = (
            f"{QASM3}qubit[3] q; bit[2] m; bit[3] r; x q[0]; m[0] = measure q[0]; x q[uint[2](m)]; r = measure q;"
        )
        assert certain(program)["r"] == "110"

    def test_until_it_succeeds(self) -> None:
        program = f"{QASM3}qubit q; bit c; bit d; c = 1; while (c) {{ reset q; h q; c = measure q; }} d = measure q;"
        assert certain(program) == {"c": "0", "d": "0"}

    def test_counting_to_ten(self) -> None:
        program = f"{QASM3}qubit q; output uint[4] n; n = 0; bit r; while (n < 10) {{ h q; r = measure q; if (r) {{ n += 1; }} }}"  # noqa: E501
        assert certain(program) == {"n": "0101"}

    def test_a_loop_that_ends_by_what_is_measured(self) -> None:
        program = f"{QASM3}qubit q; bit c; for int i in [0:50] {{ h q; c = measure q; if (c) {{ break; }} }}"
        assert certain(program) == {"c": "1"}

    def test_a_bit_that_is_local_to_a_loop_starts_at_0_each_time(self) -> None:
        program = (
            f"{QASM3}qubit[2] q; bit go; bit first; bit r; x q[0]; go = measure q[0]; first = go;\n"
            "while (go) { bit b; if (first) { b = measure q[0]; } if (b) { x q[1]; } reset q[0]; go = measure q[0]; }\n"  # noqa: E501
            "r = measure q[1];"
        )
        assert certain(program)["r"] == "1"

    def test_end_ends(self) -> None:
        program = f"{QASM3}qubit q; bit[2] c; x q; c[0] = measure q; if (c[0]) {{ end; }} c[1] = measure q;"
        assert certain(program) == {"c": "10"}

    def test_qubits_that_were_measured_go_on(self) -> None:
        program = f"{QASM3}qubit q; bit[2] c; x q; c[0] = measure q; x q; c[1] = measure q;"
        assert certain(program) == {"c": "10"}

    def test_two_looks_agree(self) -> None:
        program = (
            f"{QASM3}qubit q; bit[2] c; h q; c[0] = measure q; c[1] = measure q; bit d = c[0]; if (d) {{ d = 0; }}"
        )
        assert set(counts(program)["c"]) == {"00", "11"}


def test_shots_of_branches_are_shared_out_by_chance() -> None:
    program = (
        f"{QASM3}qubit[2] q; bit m; bit r; ry(2 * arccos(sqrt(0.8))) q[0]; m = measure q[0]; int n = 0;\n"
        "if (m) { n = 1; } if (n == 1) { h q[1]; } r = measure q[1];"
    )
    results = counts(program, 10_000)
    assert math.isclose(results["m"]["1"], 2000, abs_tol=200)
    assert math.isclose(results["r"]["1"], 1000, abs_tol=150)


@pytest.mark.parametrize("header", [QASM2, QASM3])
def test_a_byte_order_mark_in_front_is_no_part_of_the_program(header: str) -> None:
    program = f"\ufeff{header}qreg q[1]; creg c[1]; x q[0]; measure q -> c;"
    assert certain(program) == {"c": "1"}
    assert "line 3, column 11" in str(refusal(program.replace("creg c[1];", "nonsense q[0];")))


def test_a_qubit_teleported_many_times_is_simulated_by_its_branches() -> None:
    program = f"""{QASM3}
        qubit[19] q; bit[2] m; bit last;
        h q[0]; rz(pi / 4) q[0];
        for int i in [0:2:16] {{
            h q[i + 1]; cx q[i + 1], q[i + 2]; cx q[i], q[i + 1]; h q[i];
            m = measure q[i:i + 1];
            if (m[1]) {{ x q[i + 2]; }}
            if (m[0]) {{ z q[i + 2]; }}
        }}
        rz(-pi / 4) q[18]; h q[18]; last = measure q[18];"""
    long = run(program, shots=100)
    assert long.metrics["method"] == "branches"
    assert long.results["last"] == {"0": 100}
    short = run(program, shots=1)
    assert short.metrics["method"] == "statevector"
    assert short.results["last"] == {"0": 1}
