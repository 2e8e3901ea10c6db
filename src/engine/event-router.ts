import { EventEmitter } from 'node:events'
import { getSystemErrorName } from 'node:util'
import { eventKinds, none, reasons, sinkKinds } from '../native/abi.ts'
import type { EventRecord, TapRecord } from '../native/records.ts'
import type { TargetTable } from './target-table.ts'
import type { EngineEvents, Hook, Role, Source, SwitchReason } from './types.ts'

const reasonNames = new Map<number, SwitchReason>([
  [reasons.COMMAND, 'command'],
  [reasons.HOTKEY, 'hotkey'],
  [reasons.PANIC, 'panic'],
  [reasons.CONSUMER_GONE, 'consumer-gone'],
  [reasons.REMOVED, 'removed'],
  [reasons.STOP, 'stop'],
  [reasons.RESUMED, 'resumed'],
])

const roles = new Map<number, Role>([
  [sinkKinds.KEYBOARD, 'keyboard'],
  [sinkKinds.MOUSE, 'mouse'],
])

interface SourceSlot {
  readonly source: Source
  /** Removed or gone: only the end of its ungrab is still to come, then the id may be another's. */
  ended: boolean
}

/**
 * Turns records of the engine into typed events: ids become the sources and target names that the service
 * knows. A record about a source may come before the answer that tells its id; it is held until then.
 */
export class EventRouter {
  readonly events = new EventEmitter<EngineEvents>()
  readonly #sources = new Map<number, SourceSlot>()
  readonly #targets: TargetTable
  readonly #held: EventRecord[] = []
  /** Hooks of hotkeys, by their number. */
  readonly #hooks: Hook[] = []

  constructor(targets: TargetTable) {
    this.#targets = targets
  }

  /** The number of a hook, the same for as long as this engine lives. */
  hookId(hook: Hook): number {
    const known = this.#hooks.indexOf(hook)
    return known >= 0 ? known : this.#hooks.push(hook) - 1
  }

  addSource(id: number, source: Source): void {
    this.#sources.set(id, { source, ended: false })
    const held = this.#held.filter((record) => record.source === id)
    for (const record of held) {
      this.#held.splice(this.#held.indexOf(record), 1)
      this.route(record)
    }
  }

  /** The sources that are being read, with their ids. */
  get reading(): [id: number, source: Source][] {
    return [...this.#sources].flatMap(([id, { source, ended }]) => (ended ? [] : [[id, source]]))
  }

  /** The id of a source that is being read. */
  sourceId(source: Source): number | undefined {
    for (const [id, slot] of this.#sources) {
      if (slot.source === source && !slot.ended) return id
    }
    return undefined
  }

  endSource(id: number): void {
    const slot = this.#sources.get(id)
    if (slot !== undefined) slot.ended = true
  }

  /** Emits what a record says. Answers to commands (DONE) are not for here. */
  route(record: EventRecord): void {
    const { events } = this
    const { timeNs, value } = record
    switch (record.kind) {
      case eventKinds.SWITCHED:
        events.emit('switched', {
          timeNs,
          target: this.#targets.name(record.target),
          previous: this.#targets.name(record.previous),
          reason: reasonOf(record),
          latencyNs: value === 0n ? undefined : Number(timeNs - value),
        })
        return
      case eventKinds.REFUSED:
        events.emit('refused', {
          timeNs,
          target: this.#targets.name(record.target),
          active: this.#targets.name(record.previous),
          reason: reasonOf(record),
          error: errorOf(record),
        })
        return
      case eventKinds.CONSUMER:
        events.emit('consumer', {
          timeNs,
          target: this.#targets.name(record.target),
          role: roles.get(record.previous) ?? 'clone',
          sink: record.sink,
          present: value !== 0n,
        })
        return
      case eventKinds.PANIC:
        events.emit('panic', { timeNs })
        return
      case eventKinds.LOST:
        events.emit('lost', { timeNs, count: Number(value) })
        return
      case eventKinds.NO_REALTIME:
        events.emit('no-realtime', { timeNs, error: errorOf(record) })
        return
      case eventKinds.NO_MEMORY_LOCK:
        events.emit('no-memory-lock', { timeNs, error: errorOf(record) })
        return
      case eventKinds.DEVICES:
        events.emit('devices', { timeNs })
        return
      case eventKinds.NO_HOTPLUG:
        events.emit('no-hotplug', { timeNs, error: errorOf(record) })
        return
      case eventKinds.LOCKED:
        events.emit('locked', { timeNs, locked: value !== 0n })
        return
      case eventKinds.HOOK:
        events.emit('hook', {
          timeNs,
          hook: this.#hooks[Number(value)] ?? Number(value),
          target: this.#targets.name(record.target),
        })
        return
      case eventKinds.RESUMED:
        events.emit('resumed', { timeNs })
        return
      case eventKinds.UNLINKED:
        events.emit('unlinked', { timeNs, target: this.#targets.name(record.target) })
        return
      case eventKinds.STOPPED:
        events.emit('stopped', { timeNs })
        return
      default:
        if (record.source !== none) this.#routeToSource(record)
    }
  }

  routeTap(records: readonly TapRecord[]): void {
    const known = records.flatMap(({ source: id, ...event }) => {
      const slot = this.#sources.get(id)
      return slot === undefined ? [] : [{ ...event, source: slot.source }]
    })
    if (known.length > 0) this.events.emit('tap', known)
  }

  #routeToSource(record: EventRecord): void {
    const { events } = this
    const { timeNs, kind } = record
    const slot = this.#sources.get(record.source)
    if (slot === undefined || (slot.ended && kind !== eventKinds.UNGRABBED)) {
      this.#held.push(record)
      return
    }
    const { source } = slot
    switch (kind) {
      case eventKinds.SOURCE_GONE:
        slot.ended = true
        events.emit('source-gone', { timeNs, source, error: errorOf(record) })
        return
      case eventKinds.GRABBED:
        events.emit('grabbed', { timeNs, source })
        return
      case eventKinds.UNGRABBED:
        events.emit('ungrabbed', { timeNs, source, durationNs: Number(record.value) })
        return
      case eventKinds.GRAB_FAILED:
        events.emit('grab-failed', { timeNs, source, error: errorOf(record) })
        return
      case eventKinds.RESYNC:
        events.emit('resync', { timeNs, source })
        return
      default:
    }
  }
}

function reasonOf(record: EventRecord): SwitchReason {
  return reasonNames.get(record.reason) ?? 'command'
}

function errorOf({ result }: EventRecord): string {
  return result < 0 ? getSystemErrorName(result) : ''
}
