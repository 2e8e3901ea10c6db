import type { Heard } from '../control/client.ts'
import { hostTargetName } from '../engine/target-name.ts'
import type { AgentOptions } from './options.ts'

export interface Note {
  readonly summary: string
  readonly body?: string | undefined
}

/** What a person is shown of it. */
export function noteOf(heard: Heard, notify: AgentOptions['notify']): Note | undefined {
  switch (notify) {
    case 'off':
      return undefined
    case 'trouble':
      return troubleNote(heard)
    case 'switches':
      return heard.name === 'switched' ? switchNote(heard.params) : troubleNote(heard)
  }
}

function switchNote({ target }: { readonly target: string }): Note {
  const isHost = target === hostTargetName
  return { summary: isHost ? 'This machine has the input' : `${target} has the input` }
}

function troubleNote(heard: Heard): Note | undefined {
  switch (heard.name) {
    case 'refused':
      return {
        summary: `${heard.params.target} cannot have the input`,
        body: heard.params.screen
          ? 'No computer is connected as this screen.'
          : 'Its machine is not running, or has not opened the nodes.',
      }
    case 'panic':
      return { summary: 'Everything was given back to this machine' }
    case 'device-failed':
      return {
        summary: `${heard.params.device.name} stays with this machine`,
        body: heard.params.message,
      }
    case 'locked':
      return {
        summary: heard.params.locked ? 'The input is locked where it is' : 'Hotkeys switch again',
      }
    case 'warning':
      return { summary: heard.params.text, body: heard.params.remedy }
    case 'switched':
    case 'consumer':
    case 'device-arrived':
    case 'device-departed':
    case 'device-waiting':
    case 'hook':
    case 'resumed':
    case 'reloaded':
    case 'log':
      return undefined
  }
}
