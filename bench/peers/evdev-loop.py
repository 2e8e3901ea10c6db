"""python3-evdev as its tutorial has it: grab a device, make another one like it, write what is read."""

import sys

from evdev import InputDevice, UInput

device = InputDevice(sys.argv[1])
clone = UInput.from_device(device)
device.grab()
print("ready", clone.device.path, flush=True)
for event in device.read_loop():
    clone.write_event(event)
