import type { RecordingEntry } from '../capture/recording.ts'
import { eventName, eventType } from './monitor-text.ts'

/** Turns what devices send into objects for scripts, one a line; fields are only ever added. */
export class MonitorJson {
  readonly #nodes = new Map<number, string>()

  objects(entry: RecordingEntry): object[] {
    switch (entry.kind) {
      case 'header':
        return []
      case 'device': {
        const { device, node, ...rest } = entry.device
        this.#nodes.set(device, node)
        return [{ event: 'device', node, ...rest }]
      }
      case 'frame': {
        const { device, timeUs, latencyUs, events, dropped } = entry.frame
        return [
          {
            event: 'frame',
            node: this.#nodes.get(device),
            timeUs,
            latencyUs,
            events: events.map(({ type, code, value }) => ({
              type: eventType(type),
              code: eventName(type, code),
              value,
            })),
            ...(dropped ? { dropped } : {}),
          },
        ]
      }
      case 'departure':
        return [{ event: 'departure', node: this.#nodes.get(entry.device), timeUs: entry.timeUs }]
      case 'end':
        return [{ event: 'end', frames: entry.frames, lostEvents: entry.lostEvents }]
    }
  }
}
