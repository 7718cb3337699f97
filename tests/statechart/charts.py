"""Small charts that the tests of the language and of the machine share."""

LAMP = """\
name: lamp
summary: A lamp that burns out one day.
initial: dark
reset: replace
states:
  - name: dark
    summary: It gives no light.
  - name: lit
    summary: It gives light.
  - name: broken
    summary: It will never give light again.
    final: true
transitions:
  - trigger: press
    source: dark
    summary: Switch it on.
    effect: try_current
    choices:
      - guard: filament_gone
        target: broken
        action: [count, mourn]
        summary: The filament broke.
      - target: lit
        action: count
        summary: It shines.
  - trigger: press
    source: lit
    target: dark
    summary: Switch it off.
  - trigger: look
    source: [dark, lit]
    summary: Nothing changes by looking.
  - trigger: replace
    source: broken
    target: dark
    summary: A new one.
invariants:
  - name: counts_never_fall
    summary: The count only grows.
"""
