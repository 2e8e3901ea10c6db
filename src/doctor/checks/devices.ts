import { type Selection, selectSources } from '../../devices/select.ts'
import { usersText } from '../../devices/users.ts'
import { sessionOptions } from '../../service/session-options.ts'
import type { Finding } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** The keyboards and mice that evswitch is to take. */
export function checkDevices(subject: Subject): Finding[] {
  const { config, devices, system } = subject
  let selection: Selection
  try {
    const { devices: names, waits, pinned } = sessionOptions(config)
    selection = selectSources(devices, names, { root: system.root, waits, pinned })
  } catch (error) {
    return [
      {
        id: 'no-devices',
        severity: 'error',
        what: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
        why: 'there is nothing that could be switched',
        fix: 'evswitch devices lists what is plugged in; evswitch identify finds the right ones',
      },
    ]
  }
  return [...grabbers(subject, selection), ...last(selection)]
}

function grabbers({ users }: Subject, { sources }: Selection): Finding[] {
  return sources.flatMap(({ node, name }) => {
    const list = (users.byNode.get(node) ?? []).filter(
      (user) => user.grabber && user.name !== 'evswitch',
    )
    if (list.length === 0) return []
    return [
      {
        id: 'device-taken',
        severity: 'warning' as const,
        what: `${node} (${name}) is open in ${usersText(list)}, which takes devices for itself`,
        why: 'a device can be taken by one program only: the other gets nothing from it',
        fix: `stop ${list[0]?.name ?? 'it'}, or leave the device to it: name the others by [[source]] or --device`,
      },
    ]
  })
}

function last({ takesLastKeyboard, takesLastMouse }: Selection): Finding[] {
  const what = [takesLastKeyboard ? 'keyboard' : '', takesLastMouse ? 'mouse' : ''].filter(Boolean)
  if (what.length === 0) return []
  return [
    {
      id: 'last-device',
      severity: 'note',
      what: `while a guest has the input this machine has no other ${what.join(' and no other ')}`,
      why: 'if the guest hangs, the panic chord (both Ctrl and Esc, unless the configuration says otherwise) is the way back',
      fix: 'nothing has to be done; a second one that is pinned ([[source]] target = "host") stays here',
    },
  ]
}
