export interface PointerHabits {
  /** Steps instead of places, for games. */
  readonly isRelative: boolean
  /** Pixels for a count of the mouse. */
  readonly speed: number
  /** How much faster fast motion is: 0 not at all, 1 twice at 32 counts a frame and at most. */
  readonly acceleration: number
}

/** Counts in one frame beyond which motion does not become faster. */
const fastCounts = 32

/**
 * Counts of a mouse as pixels: nobody else accelerates them, since a peer takes what it gets for what its user wants. What is less than
 * a pixel is kept for the next step.
 */
export class Pointer {
  readonly isRelative: boolean
  readonly #speed: number
  readonly #acceleration: number
  #width = 1
  #height = 1
  #place: { x: number; y: number } | undefined
  #rest = { dx: 0, dy: 0 }

  constructor({ isRelative, speed, acceleration }: PointerHabits) {
    this.isRelative = isRelative
    this.#speed = speed
    this.#acceleration = acceleration
  }

  /** Where it is: in the middle, before it has moved. */
  get place(): { x: number; y: number } {
    return this.#place ?? { x: this.#width >> 1, y: this.#height >> 1 }
  }

  resize({ width, height }: { readonly width: number; readonly height: number }): void {
    this.#width = width
    this.#height = height
    if (this.#place !== undefined) this.#place = this.#within(this.#place.x, this.#place.y)
  }

  /** How many pixels that is now; undefined for less than one. */
  move(counts: number, countsDown: number): { dx: number; dy: number } | undefined {
    const fast = Math.min(1, Math.hypot(counts, countsDown) / fastCounts)
    const factor = this.#speed * (1 + this.#acceleration * fast)
    const x = this.#rest.dx + counts * factor
    const y = this.#rest.dy + countsDown * factor
    const dx = Math.trunc(x)
    const dy = Math.trunc(y)
    this.#rest = { dx: x - dx, dy: y - dy }
    if (dx === 0 && dy === 0) return undefined
    const { place } = this
    this.#place = this.#within(place.x + dx, place.y + dy)
    return { dx, dy }
  }

  #within(x: number, y: number): { x: number; y: number } {
    return {
      x: Math.min(Math.max(x, 0), this.#width - 1),
      y: Math.min(Math.max(y, 0), this.#height - 1),
    }
  }
}
