import fc from 'fast-check'
import { QmpStream } from '../../src/guests/qmp-stream.ts'

const words = ['QMP', 'event', 'STOP', 'RESUME', 'return', 'data', '__proto__'] as const

/** A line as a monitor says one, nearly one, or nothing of the kind. */
const line = fc.oneof(
  { weight: 4, arbitrary: fc.dictionary(fc.constantFrom(...words), fc.jsonValue({ maxDepth: 2 })) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
)
const bytes = fc.oneof(
  { weight: 20, arbitrary: line.map((value) => Buffer.from(`${JSON.stringify(value)}\r\n`)) },
  fc.uint8Array({ maxLength: 80 }).map((some) => Buffer.from(some)),
  fc.nat({ max: 70_000 }).map((length) => Buffer.alloc(length, 'x')),
  fc.constant(Buffer.from('\n')),
)

/** What comes from a monitor, and where it is cut into pieces. */
export const monitorOutput = fc.record({
  said: fc.array(bytes, { maxLength: 12 }).map((parts) => Buffer.concat(parts)),
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
})

type MonitorOutput = typeof monitorOutput extends fc.Arbitrary<infer T> ? T : never

interface Outcome {
  readonly objects: readonly unknown[]
  readonly error: string | undefined
}

/**
 * Reads it in one piece and in many: the same objects come before the same kind of error. Only the errors that are
 * caught may be thrown. Throws what does not hold; gives how many objects there were.
 */
export function readMonitor({ said, cuts }: MonitorOutput): number {
  const ends = cuts.map((share) => Math.floor(share * said.length)).sort((a, b) => a - b)
  const pieces = [...ends, said.length].map((end, index) =>
    said.subarray(ends[index - 1] ?? 0, end),
  )
  const cut = read(pieces)
  // What comes in one piece is judged as a whole, so an error there may hide the objects before it.
  const whole = read([said])
  if ((cut.error === undefined) !== (whole.error === undefined)) {
    throw new Error(`in pieces: ${cut.error}; as a whole: ${whole.error}`)
  }
  if (whole.error === undefined && JSON.stringify(cut.objects) !== JSON.stringify(whole.objects)) {
    throw new Error('pieces give other objects than the whole')
  }
  return cut.objects.length
}

function read(pieces: readonly Buffer[]): Outcome {
  const stream = new QmpStream()
  const objects: unknown[] = []
  for (const piece of pieces) {
    try {
      objects.push(...stream.push(piece))
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof RangeError) {
        return { objects, error: error.name }
      }
      throw error
    }
  }
  return { objects, error: undefined }
}
