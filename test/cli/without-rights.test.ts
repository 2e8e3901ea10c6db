import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withoutRights } from '../../src/cli/without-rights.ts'
import { EvswitchError } from '../../src/errors.ts'
import { temporaryFolder } from '../share/folder.ts'

/** Who runs the tests: anybody may give himself what is his. */
const me = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

function world({
  user = me,
  owner = me.uid,
  commands = ['useradd'],
}: {
  user?: typeof me | undefined
  owner?: number
  commands?: string[]
}) {
  const folder = temporaryFolder()
  const system = {
    isRoot: true,
    user: (name: string) => (name === 'evswitch-share' ? user : { uid: 65534, gid: 65534 }),
    hasCommand: (name: string) => commands.includes(name),
    ownerOf: () => owner,
  }
  return { system, places: { state: join(folder, 'state'), runtime: join(folder, 'run') } }
}

describe('the process that talks to the network', () => {
  test("runs as the share's user, with two folders and nothing of who started it", () => {
    const { system, places } = world({})
    const rights = withoutRights(system, places)
    expect(rights).toMatchObject({ ...me, cwd: '/' })
    expect(rights?.env).toMatchObject({
      ...{ STATE_DIRECTORY: places.state, RUNTIME_DIRECTORY: places.runtime, HOME: '/' },
    })
    expect(rights?.env).not.toHaveProperty('XDG_RUNTIME_DIR')
    expect(statSync(places.state).mode & 0o777).toBe(0o700)
    expect(statSync(places.runtime).mode & 0o777).toBe(0o755)
  })

  test('has the rights of who is not root', () => {
    const { system, places } = world({})
    expect(withoutRights({ ...system, isRoot: false }, places)).toBeUndefined()
  })

  test.each([
    ['useradd', /make it: useradd --system .* evswitch-share \(/],
    ['adduser', /make it: adduser -S .* evswitch-share \(/],
  ])('is not started without that user, and it is said how %s makes it', (command, remedy) => {
    const { system, places } = world({ user: undefined, commands: [command] })
    const noUser = { ...system, user: (name: string) => (name === 'nobody' ? me : undefined) }
    const error = errorOf(() => withoutRights(noUser, places))
    expect(error).toMatchObject({ code: 'not-installed' })
    expect(error.remedy).toMatch(remedy)
  })

  test.runIf(me.uid === 0)('owns afterwards what root has put there', () => {
    const user = { uid: 12345, gid: 12345 }
    const { system, places } = world({ user, owner: 0 })
    mkdirSync(join(places.state, 'trusted'), { recursive: true })
    withoutRights(system, places)
    expect(statSync(places.state)).toMatchObject(user)
    expect(statSync(join(places.state, 'trusted'))).toMatchObject(user)
  })

  test('is not started with a folder that somebody else has', () => {
    const { system, places } = world({ owner: 65534, user: { uid: 12345, gid: 12345 } })
    const error = errorOf(() => withoutRights(system, places))
    expect(error).toMatchObject({ code: 'no-permission' })
    expect(error.remedy).toContain(`rm -r ${places.state}`)
  })
})

function errorOf(run: () => unknown): EvswitchError {
  try {
    run()
  } catch (error) {
    if (error instanceof EvswitchError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
