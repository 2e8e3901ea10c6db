import { nodeLinkPattern } from '../engine/target-name.ts'

/** Programs that make input devices by uinput, known by what they call them. */
const makers: readonly { maker: string; name?: RegExp; phys?: RegExp }[] = [
  { maker: 'evswitch', phys: nodeLinkPattern },
  { maker: 'keyd', name: /^keyd virtual / },
  { maker: 'kanata', name: /^kanata\b/i },
  { maker: 'input-remapper', name: /^input-remapper\b/, phys: /^input-remapper(\/|$)/ },
  { maker: 'evsieve', name: /^evsieve\b/i },
  { maker: 'xremap', name: /^xremap\b/ },
  { maker: 'kmonad', name: /kmonad/i },
  { maker: 'ydotool', name: /^ydotoold? / },
  { maker: 'dotool', name: /^dotool / },
  { maker: 'interception', name: /\binterception\b/i },
  { maker: 'evremap', name: /^evremap\b/ },
  { maker: 'rkvm', name: /^rkvm\b/ },
  { maker: 'logiops', name: /^LogiOps Virtual / },
  { maker: 'Solaar', name: /^solaar-/ },
  { maker: 'ckb-next', name: /^ckb\d+: / },
  { maker: 'makima', name: /^makima virtual /i },
  { maker: 'Steam', name: /^Steam Virtual / },
  { maker: 'Sunshine', name: /^(Sunshine|Wolf) |^(Keyboard|Mouse) passthrough/ },
  { maker: 'persistent-evdev', phys: /^rs-evdev-uinput$/ },
  { maker: 'a python-evdev program', phys: /^py-evdev-uinput$/ },
]

/** Makers whose devices are what a person types on while they run, because they grab the real ones. */
const remappers = new Set([
  'keyd',
  'kanata',
  'input-remapper',
  'evsieve',
  'xremap',
  'kmonad',
  'interception',
  'evremap',
  'rkvm',
  'ckb-next',
  'makima',
  'persistent-evdev',
])

/** The program behind a virtual device, undefined where neither name nor phys tells. */
export function makerOf(name: string, phys: string): string | undefined {
  const known = makers.find((maker) => maker.phys?.test(phys) || maker.name?.test(name))
  return known?.maker
}

/** Whether a maker takes the real keyboards and gives out its own instead. */
export function isRemapper(maker: string): boolean {
  return remappers.has(maker)
}
