import { nodeDeviceName, nodeLinkName } from '../../src/engine/target-name.ts'
import type { Engine, Profile, Role, Sink } from '../../src/engine/types.ts'

/** Makes a target with both nodes, as the service does; returns them. */
export async function addNodes(
  engine: Engine,
  name: string,
  profile: Profile,
): Promise<Record<Role, Sink>> {
  const create = async (role: Role) => {
    const place = role === 'keyboard' ? 'kbd' : 'mouse'
    const names = { name: nodeDeviceName(name, place), phys: nodeLinkName(name, place) }
    return await engine.createSink({ ...names, role, profile })
  }
  const sinks = { keyboard: await create('keyboard'), mouse: await create('mouse') }
  await engine.addTarget({ name, ...sinks })
  return sinks
}
