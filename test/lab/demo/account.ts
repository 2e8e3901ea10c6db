import type { InputEvent } from './input-event.ts'

/** The sum of what one machine saw, or of what it should have seen. */
export class Account {
  /** Keys and buttons in the order in which they went down, without repeats. */
  readonly presses: number[] = []
  /** Keys and buttons that are down now. */
  readonly pressed = new Set<number>()
  repeats = 0
  x = 0
  y = 0
  wheel = 0

  add(event: InputEvent): void {
    switch (event.kind) {
      case 'press':
        this.presses.push(event.code)
        this.pressed.add(event.code)
        break
      case 'release':
        this.pressed.delete(event.code)
        break
      case 'repeat':
        this.repeats++
        break
      case 'motion':
        this.x += event.x
        this.y += event.y
        break
      case 'wheel':
        this.wheel += event.clicks
        break
      case 'unplug':
      case 'crash':
        this.pressed.clear()
        break
      case 'plug':
      case 'end':
        break
    }
  }

  /** Whether it has got what another should have: the same keys in the same order, and the same motion. */
  equals(other: Account): boolean {
    return (
      this.presses.join() === other.presses.join() &&
      this.hasSameMotion(other) &&
      sameKeys(this.pressed, other.pressed)
    )
  }

  hasSameMotion(other: Account): boolean {
    return this.x === other.x && this.y === other.y && this.wheel === other.wheel
  }
}

function sameKeys(one: ReadonlySet<number>, other: ReadonlySet<number>): boolean {
  return one.size === other.size && [...one].every((code) => other.has(code))
}
