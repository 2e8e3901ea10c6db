import { hostTargetName } from '../engine/target-name.ts'
import { EvswitchError } from '../errors.ts'
import { layoutNames } from '../share/keys/layout-names.ts'
import { type Finding, seen } from './finding.ts'
import type { DraftConfig } from './schema.ts'
import type { Setting } from './setting.ts'

type TargetDraft = DraftConfig['target'][number]
type TargetKey = keyof TargetDraft

/** What only a target of the other kind can have. */
const ofScreens = [
  ...(['screen', 'client', 'plain', 'pointer', 'speed', 'acceleration'] as const),
  'smooth-wheel',
] as const satisfies readonly TargetKey[]
const ofNodes = ['profile', 'qmp', 'keep'] as const satisfies readonly TargetKey[]

/** Checks what the settings of the network share say together, and with the rest of a configuration. */
export function shareFindings(config: DraftConfig): Finding[] {
  return [
    ...joinFindings(config),
    ...config.target.flatMap(kindFindings),
    ...screensTwice(config),
    ...layoutFindings(config),
    ...plainFindings(config),
    ...withoutScreens(config),
    ...onlyWhileActive(config),
  ]
}

function error(
  place: Setting<unknown> | readonly Setting<unknown>[],
  message: string,
  remedy: string,
): Finding {
  const places = Array.isArray(place) ? place : [place]
  return { severity: 'error', code: 'usage', places, message, remedy }
}

/** The settings that somebody has written. */
function written(settings: readonly (Setting<unknown> | undefined)[]): readonly Setting<unknown>[] {
  return settings.filter((setting) => setting?.origin.kind === 'file') as Setting<unknown>[]
}

function joinFindings(config: DraftConfig): Finding[] {
  const { server, ...others } = config['share.join']
  if (server === undefined || server.value !== undefined) return []
  const [said] = written(Object.values(others))
  if (said === undefined) return []
  const remedy = 'add server = ..., the computer whose keyboard and mouse come here'
  return [error(said, '[share.join] has no server', remedy)]
}

/** A key that would have no effect is a mistake about what the target is. */
function kindFindings(target: TargetDraft): Finding[] {
  const { kind } = target
  if (kind === undefined) return []
  const isScreen = kind.value === 'barrier'
  return (isScreen ? ofNodes : ofScreens).flatMap((key) =>
    written([target[key]]).map((said) =>
      error(
        said,
        `a target of the kind ${kind.value} has no ${key}`,
        isScreen
          ? 'leave it out: it is about nodes of a guest'
          : 'add kind = "barrier", or leave it out',
      ),
    ),
  )
}

/** What a target's client calls itself, as it is compared. */
function screenOf({ kind, name, screen }: TargetDraft): Setting<string> | undefined {
  if (kind?.value !== 'barrier' || screen === undefined) return undefined
  const said = screen.value === undefined ? name : { ...screen, value: screen.value }
  return said && { ...said, value: said.value.toLowerCase() }
}

function screensTwice({ target }: DraftConfig): Finding[] {
  const first = new Map<string, Setting<string>>()
  return target.flatMap((each): Finding[] => {
    const screen = screenOf(each)
    if (screen === undefined) return []
    const before = first.get(screen.value)
    if (before === undefined) {
      first.set(screen.value, screen)
      return []
    }
    const message = `there are two screens named ${screen.value}${seen(before)}`
    return [error([screen, before], message, 'small and capital letters are the same there')]
  })
}

/** How many variants there can be depends on the layouts. */
function layoutFindings(config: DraftConfig): Finding[] {
  const { layout, variant } = config['share.serve']
  if (layout === undefined || variant?.value === undefined) return []
  try {
    layoutNames({ layout: layout.value ?? 'us', variant: variant.value })
    return []
  } catch (problem) {
    if (!(problem instanceof EvswitchError)) throw problem
    return [error(variant, problem.summary, problem.remedy ?? '')]
  }
}

/** Without an address there is nobody who could come as such a screen. */
function plainFindings(config: DraftConfig): Finding[] {
  const addresses = config['share.serve']['plain-addresses']
  if (addresses === undefined || (addresses.value ?? []).length > 0) return []
  return config.target.flatMap(({ kind, plain }): Finding[] => {
    if (kind?.value !== 'barrier' || plain?.value !== true) return []
    const remedy = 'add plain-addresses = [...] to [share.serve], the addresses of such computers'
    return [error(plain, 'nobody may come without TLS', remedy)]
  })
}

function withoutScreens(config: DraftConfig): Finding[] {
  const [said] = written(Object.values(config['share.serve']))
  const mayBe = config.target.some(({ kind }) => kind === undefined || kind.value === 'barrier')
  if (said === undefined || mayBe) return []
  const message = '[share.serve] has no effect: there is no target of the kind barrier'
  const remedy = 'add a [[target]] with kind = "barrier" and the name of the screen'
  return [{ severity: 'warning', code: 'usage', places: [said], message, remedy }]
}

/** A screen takes keys while its pointer is there, and at no other time. */
function onlyWhileActive(config: DraftConfig): Finding[] {
  const screens = config.target.flatMap(({ kind, name }) =>
    kind?.value === 'barrier' && name !== undefined ? [name.value] : [],
  )
  const isScreen = (name: string | undefined) =>
    name !== undefined && name !== hostTargetName && screens.includes(name)
  const reason = (name: string) => `${name} is a screen, which takes input only while it has it all`
  const pins = config.source.flatMap(({ target }) =>
    target?.value !== undefined && isScreen(target.value)
      ? [error(target, reason(target.value), 'no device can be pinned to it')]
      : [],
  )
  const clones = config.clone.flatMap(({ target }) =>
    target?.value !== undefined && isScreen(target.value)
      ? [error(target, `${target.value} is a screen`, 'only guests of QEMU can have clones')]
      : [],
  )
  const rules = config.map.flatMap(({ keys }) =>
    (keys?.value ?? []).flatMap((line) => {
      const { result } = line.value
      const to = result.kind === 'keys' ? result.target : undefined
      if (to === undefined || !isScreen(to)) return []
      return [error(line, reason(to), 'a rule cannot press keys there from elsewhere')]
    }),
  )
  return [...pins, ...clones, ...rules]
}
