import type { Engine } from '../engine/types.ts'
import type { Ear } from './watch.ts'

/** An ear that hears by a running engine's uevents, which cost nobody anything while nothing is plugged. */
export function engineEar({ events }: Pick<Engine, 'events'>): Ear {
  let hears = true
  let listener = () => {}
  events.on('devices', () => listener())
  events.on('no-hotplug', () => {
    hears = false
    listener()
  })
  return {
    listen: (ring) => {
      listener = ring
      return hears
    },
    close: () => {
      listener = () => {}
    },
  }
}
