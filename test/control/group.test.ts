import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { groupId } from '../../src/control/group.ts'
import { temporaryDirectory } from './peer.ts'

test('a group is found by its whole name, in a file that may be wrong', () => {
  const file = `${temporaryDirectory()}/group`
  writeFileSync(file, 'root:x:0:\n# note\nevswitch2:x:7:\nevswitch:x:985:ann,bob\nbad:x:one:\n')
  expect(groupId('evswitch', file)).toBe(985)
  expect(groupId('root', file)).toBe(0)
  expect(groupId('bad', file)).toBeUndefined()
  expect(groupId('switch', file)).toBeUndefined()
  expect(groupId('evswitch', `${file}.none`)).toBeUndefined()
})
