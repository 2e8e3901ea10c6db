import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { CalmHunt } from '../core/calm-property.ts'
import type { Hunt } from '../core/switching-property.ts'
import { make, nativeFolder as native } from './make.ts'

const run = promisify(execFile)
const hunter = fileURLToPath(new URL('../core/hunt.ts', import.meta.url))

/** A fault put into the core: in `file`, every text `from` becomes `to`. */
export interface Mutant {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
  /** A second change, where one alone changes nothing. */
  readonly and?: { readonly from: string; readonly to: string }
}

export const mutants: readonly Mutant[] = [
  {
    name: 'an unplugged device releases nothing',
    file: 'core.c',
    from: '\tcore_release_source(core, index);\n\tcore_set_down(core, index, &none);',
    to: '\tcore_set_down(core, index, &none);',
  },
  {
    name: 'a switch releases nothing on the old target',
    file: 'switch.c',
    from: '\trelease_all(core);\n\tcore_lamps_note(core);\n',
    to: '\tcore_lamps_note(core);\n',
  },
  {
    name: 'a key held across a switch is not muted',
    file: 'grab.c',
    from: 'core_set_down(core, index, &before);\n\tcore_lamps_take',
    to: 'core_lamps_take',
  },
  {
    name: 'a key that a PS/2 device reports again is a new press',
    file: 'switch.c',
    from: 'if (keyset_has(&source->down, code)) {\n\t\tswallow_key(',
    to: 'if (keyset_has(&source->sent, code)) {\n\t\tswallow_key(',
  },
  {
    name: 'the press that completes a chord is forwarded',
    file: 'switch.c',
    from: 'frame->is_unfinished = true;\n\t\tswallow_key(frame);\n\t\treturn;\n',
    to: 'frame->is_unfinished = true;\n',
  },
  {
    name: "the target's own grab toggle is not kept from it",
    file: 'switch.c',
    from: 'if (sink_would_toggle(target, sink, as)) {',
    to: 'if (false && sink_would_toggle(target, sink, as)) {',
  },
  {
    name: 'what was read together with an overrun is routed',
    file: 'resync.c',
    from: 'i < count && source->generation == generation; i++',
    to: 'i < count; i++',
  },
  {
    name: 'an overrun is not noticed',
    file: 'resync.c',
    from: 'if (events[i].code == SYN_DROPPED) {',
    to: 'if (false) {',
  },
  {
    name: 'a resync sends presses but no releases',
    file: 'resync.c',
    from: 'if (keyset_has(&source->down, code) && !keyset_has(&now, code))',
    to: 'if (false)',
  },
  {
    name: 'a frame cut by a read loses its beginning',
    file: 'resync.c',
    from: '\tsource->carry_count += count;\n',
    to: '',
  },
  {
    name: 'nothing is released for the host before a grab',
    file: 'grab.c',
    from: 'is_released = inject_keys(core, index, &before, 0) == 0;',
    to: 'is_released = true;',
  },
  {
    name: 'a grab keeps what was queued for the host',
    file: 'grab.c',
    from: '\tport->drain(core->ctx, index);\n',
    to: '',
  },
  {
    name: 'a key pressed while the grab is taken is not looked for',
    file: 'grab.c',
    from: 'if (!core_clone_restore_device(core, index) || !keyset_is_empty(&after)) {',
    to: 'if (!core_clone_restore_device(core, index)) {',
  },
  {
    name: 'a key raced and lifted under the grab is not repaired for the host',
    file: 'grab.c',
    from: '\trepair_raced(core, index);\n',
    to: '',
  },
  {
    name: 'an ungrab under way does not keep the engine from the device',
    file: 'grab.c',
    from: 'if (wants && source->grab == GRAB_FREE)',
    to: 'if (wants && source->grab != GRAB_HELD)',
  },
  {
    name: 'frames of a device that the host reads too are routed',
    file: 'switch.c',
    from: 'if (frame.source->grab == GRAB_HELD)\n',
    to: '',
    and: {
      from: 'sink != EVS_NONE && source->grab == GRAB_HELD &&',
      to: 'sink != EVS_NONE &&',
    },
  },
  {
    name: 'a node that nobody consumes is fed',
    file: 'switch.c',
    from: 'source->grab == GRAB_HELD && core->sinks[sink].is_consumed)',
    to: 'source->grab == GRAB_HELD)',
  },
  {
    name: 'a consumer that goes leaves its keys pressed',
    file: 'switch.c',
    from: 'if (!is_consumed)\n\t\trelease_keys(core,',
    to: 'if (false)\n\t\trelease_keys(core,',
  },
  {
    name: 'the release of a folded button keeps its own code',
    file: 'switch.c',
    from: '\tas = source->sent_as[code];\n\tsink =',
    to: '\tas = code;\n\tsink =',
  },
  {
    name: 'the first of two fingers on a key releases it',
    file: 'switch.c',
    from: '\tif (sink_release(&core->sinks[sink], as))\n\t\tpush_key(frame, event, as, 0);\n\telse\n\t\tshaper_swallow(&core->shaper);\n',
    to: '\tsink_release(&core->sinks[sink], as);\n\tpush_key(frame, event, as, 0);\n',
  },
  {
    name: 'keys of a hotkey wait for its other keys',
    file: 'switch.c',
    from: '\tif (index == EVS_NONE) {\n\t\tshaper_swallow(&core->shaper);',
    to: '\tif (index == EVS_NONE || keyset_has(&core->hotkeys.keys, code)) {\n\t\tshaper_swallow(&core->shaper);',
  },
  {
    name: 'a refused chord leaves its first key pressed',
    file: 'switch.c',
    from: '\tcore_withdraw(core, hotkey);\n',
    to: '',
  },
  {
    name: 'a wheel of several detents turns by one',
    file: 'profile.c',
    from: '\tshaper->wheel = clamp_detents(shaper->wheel + detents - click.value);\n',
    to: '',
  },
  {
    name: 'back is not side for QEMU',
    file: 'profile.c',
    from: '\tif (code == BTN_BACK)\n\t\treturn BTN_SIDE;\n',
    to: '',
  },
  {
    name: 'a desktop gets no hi-res wheel',
    file: 'profile.c',
    from: '\t\tcomplete_hi_res(shaper);\n',
    to: '\t\t(void)0;\n',
  },
  {
    name: 'repeats are not passed on',
    file: 'switch.c',
    from: '.repeat == EVS_REPEAT_ON &&',
    to: '.repeat != EVS_REPEAT_ON &&',
  },
  {
    name: 'a muted key stays muted after its finger went up',
    file: 'switch.c',
    from: '\t\tkeyset_remove(&source->down, code);\n\t\tcore->held[code]--;\n',
    to: '',
  },
  {
    name: 'a panic leaves a proxied host its grabs',
    file: 'switch.c',
    from: '\tcore->is_panicked = true;\n',
    to: '',
  },
  {
    name: 'the previous target is the next one',
    file: 'switch.c',
    from: 'hotkey->action == EVS_ACTION_NEXT, EVS_REASON_HOTKEY',
    to: 'true, EVS_REASON_HOTKEY',
  },
  {
    name: 'the panic chord is hidden by the chord in it',
    file: 'hotkey.c',
    from: 'return a->key_count > b->key_count;',
    to: 'return a->key_count < b->key_count;',
    and: {
      from: 'if ((a->action == EVS_ACTION_PANIC) != (b->action == EVS_ACTION_PANIC))',
      to: 'if (false)',
    },
  },
  {
    name: 'the trigger of a rule lets go of nothing',
    file: 'hold.c',
    from: '\tdrop(core, frame, hold);\n\treturn true;\n',
    to: '\t*hold = core->holds[--core->hold_count];\n\treturn true;\n',
  },
  {
    name: 'a switch lets go of nothing that a rule presses elsewhere',
    file: 'hold.c',
    from: '\twhile (core->hold_count > 0)\n\t\tdrop(core, NULL, &core->holds[core->hold_count - 1]);\n',
    to: '\tcore->hold_count = 0;\n',
  },
  {
    name: 'an unplugged device leaves what its rules press',
    file: 'grab.c',
    from: '\tcore_holds_check(core, index);\n',
    to: '',
  },
  {
    name: 'a macro that is stopped leaves its keys down',
    file: 'hold.c',
    from: '\twhile (macro->count > 0)\n\t\trelease_key(core, NULL, macro->target, macro->keys[--macro->count]);\n',
    to: '',
  },
  {
    name: 'a macro runs on when the map is another',
    file: 'hold.c',
    from: '\twhile (core->macro_count > 0)\n\t\tstop(core, &core->macros[core->macro_count - 1]);\n\tfor (uint32_t i = 0; i < EVS_SOURCE_MAX; i++)\n\t\tcore->sources[i].scroller = 0;\n\tcore->map = map;',
    to: '\tcore->map = map;',
  },
  {
    name: 'the keys of a chord stay down when its rule acts',
    file: 'hold.c',
    from: '\t\t\tkeyset_remove(&source->sent, code);\n',
    to: '\t\t\tkeyset_remove(&source->sent, code);\n\t\t\tcontinue;\n',
  },
  {
    name: 'a rule presses for a target that nobody consumes',
    file: 'hold.c',
    from: '\tif (!is_consumed(core, target, index))\n',
    to: '\tif (index == EVS_NONE)\n',
  },
  {
    name: 'a rule shows the guest both keys of its own toggle',
    file: 'hold.c',
    from: '\tif (sink_would_toggle(',
    to: '\tif (false && sink_would_toggle(',
  },
  {
    name: 'a lamp of the host is not undone',
    file: 'lamps.c',
    from: '!= source->lamps;',
    to: '!= source->lamps && value < 0;',
  },
  {
    name: 'a lamp of the host is forgotten when its event was not read',
    file: 'lamps.c',
    from: 'source->host_lamps = (source->host_lamps & ~changed) | (now & changed);',
    to: '(void)changed;',
  },
  {
    name: 'the lamps that the console darkens are not shown again',
    file: 'grab.c',
    from: '\tcore_lamps_ungrabbed(core);\n',
    to: '',
  },
  {
    name: 'the lamps do not follow the active target',
    file: 'switch.c',
    from: '\tcore_lamps_show(core);\n',
    to: '',
  },
  {
    name: 'the lamps are shown again before the last ungrab has ended',
    file: 'lamps.c',
    from: '\tif (is_any_leaving(core))\n\t\treturn; /* the console has more to say */\n',
    to: '',
  },
]

/**
 * Builds the library with a fault and returns its path. Throws when the fault does not fit the source any
 * more: then it is to be written anew.
 */
export async function build(folder: string, mutant: Mutant | undefined): Promise<string> {
  await mkdir(folder, { recursive: true })
  const library = join(folder, 'libevswitch.so')
  const replaced = mutant ? await compile(folder, mutant) : undefined
  const objects = (await make('print-objects')).split(/\s+/)
  const linked = objects
    .filter((object) => object !== '' && !(mutant && object.endsWith(objectOf(mutant))))
    .map((object) => join(native, object))
  await run('gcc', [
    '-shared',
    '-pthread',
    '-o',
    library,
    ...linked,
    ...(replaced ? [replaced] : []),
  ])
  return library
}

function objectOf({ file }: Mutant): string {
  return `core/${file.replace(/c$/, 'o')}`
}

async function compile(folder: string, mutant: Mutant): Promise<string> {
  const { name, file } = mutant
  let source = await readFile(join(native, 'core', file), 'utf8')
  for (const { from, to } of mutant.and ? [mutant, mutant.and] : [mutant]) {
    if (!source.includes(from)) {
      throw new Error(`native/core/${file} has changed: "${name}" finds no ${from}`)
    }
    source = source.replaceAll(from, to)
  }
  const [mutated, object] = [join(folder, file), join(folder, `${file}.o`)]
  await writeFile(mutated, source)
  await run('gcc', [
    ...['-std=gnu11', '-D_GNU_SOURCE', '-O1', '-fPIC', '-fvisibility=hidden', '-w', '-c'],
    ...[`-I${native}/include`, `-I${native}/core`, '-o', object, mutated],
  ])
  return object
}

/** How a fault was found, and what shows it. */
export interface Catch {
  readonly by: 'rule' | 'model' | 'crash' | 'nothing'
  readonly text: string
}

function caught({ byRules, byModel }: { byRules: Hunt; byModel?: CalmHunt }): Catch {
  const { failure } = byRules
  if (failure) {
    return { by: 'rule', text: `${failure.rule}, after ${byRules.scripts} scripts: ${failure.hex}` }
  }
  if (!byModel?.failure) return { by: 'nothing', text: 'not caught' }
  const difference = byModel.failure.split('\n').at(-1)
  return { by: 'model', text: `${difference}, after ${byModel.scripts} calm scripts` }
}

/** Hunts in a library in a process of its own: the seed, the scripts, the calm scripts. */
export async function huntIn(library: string, ...numbers: readonly number[]): Promise<Catch> {
  const args = ['--import', 'tsx', hunter, library, ...numbers.map(String)]
  try {
    const { stdout } = await run(process.execPath, args)
    return caught(JSON.parse(stdout))
  } catch (error) {
    const { signal, stderr } = error as { signal?: string; stderr?: string }
    if (!signal) throw error
    return { by: 'crash', text: stderr?.trim() || signal }
  }
}
