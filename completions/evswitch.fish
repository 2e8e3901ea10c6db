# fish completion for evswitch, by: evswitch completion fish

# The command that stands on the command line: evswitch config check
function __evswitch_path
    set -l path evswitch
    set -l takes_value 0
    for word in (commandline -opc)[2..]
        if test $takes_value = 1
            set takes_value 0
        else if string match -q -- '-*' $word
            contains -- "$path $word" \
                'evswitch run --config' \
                'evswitch run --target' \
                'evswitch run --device' \
                'evswitch run --clone' \
                'evswitch run --hotkey' \
                'evswitch run --panic' \
                'evswitch run --host-mode' \
                'evswitch run --repeat' \
                'evswitch run --realtime' \
                'evswitch run --log-level' \
                'evswitch run --socket' \
                'evswitch status --socket' \
                'evswitch switch --socket' \
                'evswitch release --socket' \
                'evswitch reload --socket' \
                'evswitch log --socket' \
                'evswitch log --lines' \
                'evswitch log -n' \
                'evswitch service install --prefix' \
                'evswitch service install --node' \
                'evswitch service install --destdir' \
                'evswitch service uninstall --prefix' \
                'evswitch service status --prefix' \
                'evswitch service run --config' \
                'evswitch service run --socket' \
                'evswitch service run --holder' \
                'evswitch agent --config' \
                'evswitch agent --socket' \
                'evswitch share join --name' \
                'evswitch share join --screen' \
                'evswitch share join --server-keys' \
                'evswitch share join --config' \
                'evswitch share serve --config' \
                'evswitch share serve --target' \
                'evswitch share serve --device' \
                'evswitch share serve --clone' \
                'evswitch share serve --hotkey' \
                'evswitch share serve --panic' \
                'evswitch share serve --host-mode' \
                'evswitch share serve --repeat' \
                'evswitch share serve --realtime' \
                'evswitch share serve --log-level' \
                'evswitch share serve --address' \
                'evswitch share serve --port' \
                'evswitch share serve --layout' \
                'evswitch share serve --socket' \
                'evswitch share trust list --folder' \
                'evswitch share trust accept --folder' \
                'evswitch share trust accept --screen' \
                'evswitch share trust accept --server' \
                'evswitch share trust forget --folder' \
                'evswitch share trust import --folder' \
                'evswitch share run --config' \
                'evswitch identify --seconds' \
                'evswitch identify --write' \
                'evswitch monitor --seconds' \
                'evswitch monitor --record' \
                'evswitch monitor --replay' \
                'evswitch map test --config' \
                'evswitch map test --seconds' \
                'evswitch config show --config' \
                'evswitch config show --target' \
                'evswitch config show --device' \
                'evswitch config show --clone' \
                'evswitch config show --hotkey' \
                'evswitch config show --panic' \
                'evswitch config show --host-mode' \
                'evswitch config show --repeat' \
                'evswitch config show --realtime' \
                'evswitch config show --log-level' \
                'evswitch qemu args --config' \
                'evswitch qemu args --repeat' \
                'evswitch qemu args --os' \
                'evswitch qemu args --screen' \
                'evswitch libvirt list --connect' \
                'evswitch libvirt show --config' \
                'evswitch libvirt show --target' \
                'evswitch libvirt show --repeat' \
                'evswitch libvirt diff --config' \
                'evswitch libvirt diff --target' \
                'evswitch libvirt diff --repeat' \
                'evswitch libvirt diff --connect' \
                'evswitch libvirt diff --file' \
                'evswitch libvirt diff --backups' \
                'evswitch libvirt apply --config' \
                'evswitch libvirt apply --target' \
                'evswitch libvirt apply --repeat' \
                'evswitch libvirt apply --connect' \
                'evswitch libvirt apply --file' \
                'evswitch libvirt apply --backups' \
                'evswitch libvirt remove --connect' \
                'evswitch libvirt remove --file' \
                'evswitch libvirt remove --backups' \
                'evswitch setup --prefix' \
                'evswitch setup --device' \
                'evswitch setup --target' \
                'evswitch setup --connect' \
                'evswitch doctor --config' \
                'evswitch doctor --connect' \
                'evswitch doctor --backups' \
                'evswitch doctor --user' \
                'evswitch doctor --root' \
                'evswitch bench --rate' \
                'evswitch bench --seconds' \
                'evswitch bench --switches' \
                'evswitch bench --html' \
                'evswitch bench device --seconds'
            and set takes_value 1
        else if contains -- "$path $word" \
                'evswitch run' \
                'evswitch status' \
                'evswitch switch' \
                'evswitch release' \
                'evswitch reload' \
                'evswitch log' \
                'evswitch service' \
                'evswitch service install' \
                'evswitch service uninstall' \
                'evswitch service status' \
                'evswitch service run' \
                'evswitch agent' \
                'evswitch share' \
                'evswitch share join' \
                'evswitch share serve' \
                'evswitch share status' \
                'evswitch share trust' \
                'evswitch share trust list' \
                'evswitch share trust accept' \
                'evswitch share trust forget' \
                'evswitch share trust import' \
                'evswitch share trust help' \
                'evswitch share run' \
                'evswitch devices' \
                'evswitch identify' \
                'evswitch monitor' \
                'evswitch map' \
                'evswitch map test' \
                'evswitch config' \
                'evswitch config check' \
                'evswitch config show' \
                'evswitch config import' \
                'evswitch config reference' \
                'evswitch qemu' \
                'evswitch qemu args' \
                'evswitch libvirt' \
                'evswitch libvirt list' \
                'evswitch libvirt show' \
                'evswitch libvirt diff' \
                'evswitch libvirt apply' \
                'evswitch libvirt remove' \
                'evswitch setup' \
                'evswitch doctor' \
                'evswitch bench' \
                'evswitch bench device' \
                'evswitch completion' \
                'evswitch help'
            set path "$path $word"
        end
    end
    echo $path
end

function __evswitch_at
    test (__evswitch_path) = "$argv"
end

function __evswitch_devices
    for node in /dev/input/by-id/* /dev/input/by-path/* /dev/input/event*
        string replace /dev/input/ '' $node
    end
end

function __evswitch_targets
    echo host
    for node in /dev/input/by-id/evswitch-*-event-kbd
        string replace -r '.*/evswitch-(.*)-event-kbd$' '$1' $node
    end
end

complete -c evswitch -f
complete -c evswitch -n '__evswitch_at evswitch' -a run -d 'move keyboards and mice between this machine and its guests, until Ctrl+C'
complete -c evswitch -n '__evswitch_at evswitch' -a status -d 'show who has the input, since when, and how well it works'
complete -c evswitch -n '__evswitch_at evswitch' -a switch -d 'give the input to a guest, or back to this machine'
complete -c evswitch -n '__evswitch_at evswitch' -a release -d 'give everything back to this machine, as the panic chord does'
complete -c evswitch -n '__evswitch_at evswitch' -a reload -d 'let evswitch read its configuration anew'
complete -c evswitch -n '__evswitch_at evswitch' -a log -d 'show what evswitch did, and follow it'
complete -c evswitch -n '__evswitch_at evswitch' -a service -d 'run evswitch as a service'
complete -c evswitch -n '__evswitch_at evswitch' -a agent -d 'run hooks, show notifications and keep the screen on, in your session'
complete -c evswitch -n '__evswitch_at evswitch' -a share -d 'share keyboard and mouse with other computers, by the Barrier protocol'
complete -c evswitch -n '__evswitch_at evswitch' -a devices -d 'list keyboards, mice and other input devices'
complete -c evswitch -n '__evswitch_at evswitch' -a identify -d 'find the right keyboard and mouse by using them'
complete -c evswitch -n '__evswitch_at evswitch' -a monitor -d 'show what devices send, record it, and show recordings'
complete -c evswitch -n '__evswitch_at evswitch' -a map -d 'try what keys, wheels and motion become'
complete -c evswitch -n '__evswitch_at evswitch' -a config -d 'check, show and make the configuration file'
complete -c evswitch -n '__evswitch_at evswitch' -a qemu -d 'what to add to a QEMU command line'
complete -c evswitch -n '__evswitch_at evswitch' -a libvirt -d 'give libvirt\'s domains their keyboard and mouse'
complete -c evswitch -n '__evswitch_at evswitch' -a setup -d 'from nothing to a working guest, in one command; --undo takes it back'
complete -c evswitch -n '__evswitch_at evswitch' -a doctor -d 'find what keeps input from a guest, and repair it'
complete -c evswitch -n '__evswitch_at evswitch' -a bench -d 'measure the latency of this machine, or how often a device reports'
complete -c evswitch -n '__evswitch_at evswitch' -a completion -d 'print completion for a shell: bash, zsh or fish'
complete -c evswitch -n '__evswitch_at evswitch' -a help -d 'help'
complete -c evswitch -n '__evswitch_at evswitch' -l version -s V -d 'print the version'
complete -c evswitch -n '__evswitch_at evswitch' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch run' -l config -r -F -d 'configuration, instead of the usual file'
complete -c evswitch -n '__evswitch_at evswitch run' -l target -x -a '(__evswitch_targets)' -d 'a guest; again for more (default: guest)'
complete -c evswitch -n '__evswitch_at evswitch run' -l device -x -a '(__evswitch_devices)' -d 'a device to take: path, link, or a part of its name; again for more (default: every real keyboard and mouse)'
complete -c evswitch -n '__evswitch_at evswitch run' -l clone -x -a '(__evswitch_devices)' -d 'a gamepad, tablet, touchpad or touchscreen that guests are given clones of; again for more'
complete -c evswitch -n '__evswitch_at evswitch run' -l hotkey -x -d 'switches to the next target (default: "leftctrl+rightctrl")'
complete -c evswitch -n '__evswitch_at evswitch run' -l panic -x -d 'gives everything back to this machine (default: "leftctrl+rightctrl+esc")'
complete -c evswitch -n '__evswitch_at evswitch run' -l host-mode -x -a 'release proxy' -d 'release: this machine reads its devices itself; proxy: it reads nodes of evswitch (choices: "release", "proxy", default: "release")'
complete -c evswitch -n '__evswitch_at evswitch run' -l repeat -x -a 'on off' -d 'whether guests are sent key repeats (choices: "on", "off", default: "on")'
complete -c evswitch -n '__evswitch_at evswitch run' -l realtime -x -d 'SCHED_FIFO priority of the input thread, 1 to 98, or off (default: "20")'
complete -c evswitch -n '__evswitch_at evswitch run' -l log-level -x -a 'trace debug info warn error fatal silent' -d 'of the log on stderr (choices: "trace", "debug", "info", "warn", "error", "fatal", "silent", default: "warn")'
complete -c evswitch -n '__evswitch_at evswitch run' -l socket -x -d 'where evswitch status and switch find it'
complete -c evswitch -n '__evswitch_at evswitch run' -l json -d 'one JSON object a line instead of text (default: false)'
complete -c evswitch -n '__evswitch_at evswitch run' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch status' -l socket -x -d 'of the service, instead of the usual place'
complete -c evswitch -n '__evswitch_at evswitch status' -l json -d 'JSON instead of text (default: false)'
complete -c evswitch -n '__evswitch_at evswitch status' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch switch' -l socket -x -d 'of the service, instead of the usual place'
complete -c evswitch -n '__evswitch_at evswitch switch' -l json -d 'JSON instead of text (default: false)'
complete -c evswitch -n '__evswitch_at evswitch switch' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch release' -l socket -x -d 'of the service, instead of the usual place'
complete -c evswitch -n '__evswitch_at evswitch release' -l json -d 'JSON instead of text (default: false)'
complete -c evswitch -n '__evswitch_at evswitch release' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch reload' -l socket -x -d 'of the service, instead of the usual place'
complete -c evswitch -n '__evswitch_at evswitch reload' -l json -d 'JSON instead of text (default: false)'
complete -c evswitch -n '__evswitch_at evswitch reload' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch log' -l socket -x -d 'of the service, instead of the usual place'
complete -c evswitch -n '__evswitch_at evswitch log' -l json -d 'JSON instead of text (default: false)'
complete -c evswitch -n '__evswitch_at evswitch log' -l follow -s f -d 'and what comes, until Ctrl+C (default: false)'
complete -c evswitch -n '__evswitch_at evswitch log' -l lines -s n -x -d 'how many of the last lines (default: "256")'
complete -c evswitch -n '__evswitch_at evswitch log' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch service' -a install -d 'install evswitch as a service that starts at boot'
complete -c evswitch -n '__evswitch_at evswitch service' -a uninstall -d 'stop the service and take its installation back'
complete -c evswitch -n '__evswitch_at evswitch service' -a status -d 'tell what is installed, and whether it runs'
complete -c evswitch -n '__evswitch_at evswitch service' -a run -d 'run the service in the foreground, until it is told to end'
complete -c evswitch -n '__evswitch_at evswitch service' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch service install' -l prefix -x -d 'below which the program is (environment: PREFIX) (default: "/usr/local")'
complete -c evswitch -n '__evswitch_at evswitch service install' -l dry-run -d 'only show what would be done (default: false)'
complete -c evswitch -n '__evswitch_at evswitch service install' -l yes -s y -d 'do not ask (default: false)'
complete -c evswitch -n '__evswitch_at evswitch service install' -l no-start -d 'do not start the service, neither now nor at boot'
complete -c evswitch -n '__evswitch_at evswitch service install' -l force -d 'replace files that were changed by hand (default: false)'
complete -c evswitch -n '__evswitch_at evswitch service install' -l node -r -F -d 'the Node that it runs with (default: "/usr/bin/node")'
complete -c evswitch -n '__evswitch_at evswitch service install' -l destdir -x -d 'put before every path, for packages: only files (environment: DESTDIR) (default: "")'
complete -c evswitch -n '__evswitch_at evswitch service install' -l files-only -d 'make no user, start nothing, remember nothing (default: false)'
complete -c evswitch -n '__evswitch_at evswitch service install' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch service uninstall' -l prefix -x -d 'below which the program is (environment: PREFIX) (default: "/usr/local")'
complete -c evswitch -n '__evswitch_at evswitch service uninstall' -l dry-run -d 'only show what would be done (default: false)'
complete -c evswitch -n '__evswitch_at evswitch service uninstall' -l yes -s y -d 'do not ask (default: false)'
complete -c evswitch -n '__evswitch_at evswitch service uninstall' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch service status' -l prefix -x -d 'below which the program is (environment: PREFIX) (default: "/usr/local")'
complete -c evswitch -n '__evswitch_at evswitch service status' -l json -d 'one JSON object instead of text (default: false)'
complete -c evswitch -n '__evswitch_at evswitch service status' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch service run' -l config -r -F -d 'configuration, instead of the usual file'
complete -c evswitch -n '__evswitch_at evswitch service run' -l socket -x -d 'where to listen, instead of the usual place'
complete -c evswitch -n '__evswitch_at evswitch service run' -l holder -x -d 'the socket of evswitch-holder, which keeps guests\' nodes without systemd'
complete -c evswitch -n '__evswitch_at evswitch service run' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch agent' -l config -r -F -d 'configuration, instead of the usual file'
complete -c evswitch -n '__evswitch_at evswitch agent' -l socket -x -d 'of the service, instead of the usual place'
complete -c evswitch -n '__evswitch_at evswitch agent' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch share' -a join -d 'let the keyboard and mouse of another computer come here, until Ctrl+C'
complete -c evswitch -n '__evswitch_at evswitch share' -a serve -d 'send the keyboard and mouse of this machine to other computers, until Ctrl+C'
complete -c evswitch -n '__evswitch_at evswitch share' -a status -d 'show whether the share is connected, and what is wrong'
complete -c evswitch -n '__evswitch_at evswitch share' -a trust -d 'show which computers are trusted, and accept or forget one'
complete -c evswitch -n '__evswitch_at evswitch share' -a run -d 'run the network part of the service, until it is told to end'
complete -c evswitch -n '__evswitch_at evswitch share' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch share join' -l name -x -d 'what the server calls this screen (default: the host name)'
complete -c evswitch -n '__evswitch_at evswitch share join' -l screen -x -d 'as in 1920x1080 (default: that of the displays)'
complete -c evswitch -n '__evswitch_at evswitch share join' -l server-keys -x -a 'auto x11 kbd windows macos keyid' -d 'how the server numbers its keys (choices: "auto", "x11", "kbd", "windows", "macos", "keyid")'
complete -c evswitch -n '__evswitch_at evswitch share join' -l plain -d 'without TLS: everybody on the way can read every key'
complete -c evswitch -n '__evswitch_at evswitch share join' -l config -r -F -d 'configuration, instead of the usual file'
complete -c evswitch -n '__evswitch_at evswitch share join' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch share serve' -l config -r -F -d 'configuration, instead of the usual file'
complete -c evswitch -n '__evswitch_at evswitch share serve' -l target -x -a '(__evswitch_targets)' -d 'a guest; again for more (default: guest)'
complete -c evswitch -n '__evswitch_at evswitch share serve' -l device -x -a '(__evswitch_devices)' -d 'a device to take: path, link, or a part of its name; again for more (default: every real keyboard and mouse)'
complete -c evswitch -n '__evswitch_at evswitch share serve' -l clone -x -a '(__evswitch_devices)' -d 'a gamepad, tablet, touchpad or touchscreen that guests are given clones of; again for more'
complete -c evswitch -n '__evswitch_at evswitch share serve' -l hotkey -x -d 'switches to the next target (default: "leftctrl+rightctrl")'
complete -c evswitch -n '__evswitch_at evswitch share serve' -l panic -x -d 'gives everything back to this machine (default: "leftctrl+rightctrl+esc")'
complete -c evswitch -n '__evswitch_at evswitch share serve' -l host-mode -x -a 'release proxy' -d 'release: this machine reads its devices itself; proxy: it reads nodes of evswitch (choices: "release", "proxy", default: "release")'
complete -c evswitch -n '__evswitch_at evswitch share serve' -l repeat -x -a 'on off' -d 'whether guests are sent key repeats (choices: "on", "off", default: "on")'
complete -c evswitch -n '__evswitch_at evswitch share serve' -l realtime -x -d 'SCHED_FIFO priority of the input thread, 1 to 98, or off (default: "20")'
complete -c evswitch -n '__evswitch_at evswitch share serve' -l log-level -x -a 'trace debug info warn error fatal silent' -d 'of the log on stderr (choices: "trace", "debug", "info", "warn", "error", "fatal", "silent", default: "warn")'
complete -c evswitch -n '__evswitch_at evswitch share serve' -l address -x -d 'of this machine, where they connect (default: all)'
complete -c evswitch -n '__evswitch_at evswitch share serve' -l port -x -d 'the port where they do (default: 24800)'
complete -c evswitch -n '__evswitch_at evswitch share serve' -l layout -x -d 'keyboard layout, as in de (default: that of this machine)'
complete -c evswitch -n '__evswitch_at evswitch share serve' -l socket -x -d 'where evswitch status and switch find it'
complete -c evswitch -n '__evswitch_at evswitch share serve' -l json -d 'one JSON object a line instead of text (default: false)'
complete -c evswitch -n '__evswitch_at evswitch share serve' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch share status' -l json -d 'for scripts (default: false)'
complete -c evswitch -n '__evswitch_at evswitch share status' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch share trust' -a list -d 'show who is trusted, and who has knocked'
complete -c evswitch -n '__evswitch_at evswitch share trust' -a accept -d 'trust a computer from now on'
complete -c evswitch -n '__evswitch_at evswitch share trust' -a forget -d 'trust a computer no more'
complete -c evswitch -n '__evswitch_at evswitch share trust' -a import -d 'take certificate and trust from a profile of Barrier'
complete -c evswitch -n '__evswitch_at evswitch share trust' -a help -d 'help'
complete -c evswitch -n '__evswitch_at evswitch share trust' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch share trust list' -l folder -x -a '(__fish_complete_directories)' -d 'of the share, instead of the usual place'
complete -c evswitch -n '__evswitch_at evswitch share trust list' -l json -d 'one JSON object instead of text (default: false)'
complete -c evswitch -n '__evswitch_at evswitch share trust list' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch share trust accept' -l folder -x -a '(__fish_complete_directories)' -d 'of the share, instead of the usual place'
complete -c evswitch -n '__evswitch_at evswitch share trust accept' -l screen -x -d 'with a whole fingerprint: it is the screen of this name'
complete -c evswitch -n '__evswitch_at evswitch share trust accept' -l server -x -d 'with a whole fingerprint: it is the server there, host:port'
complete -c evswitch -n '__evswitch_at evswitch share trust accept' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch share trust forget' -l folder -x -a '(__fish_complete_directories)' -d 'of the share, instead of the usual place'
complete -c evswitch -n '__evswitch_at evswitch share trust forget' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch share trust import' -l folder -x -a '(__fish_complete_directories)' -d 'of the share, instead of the usual place'
complete -c evswitch -n '__evswitch_at evswitch share trust import' -l replace -d 'its certificate, also where we have one already (default: false)'
complete -c evswitch -n '__evswitch_at evswitch share trust import' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch share trust import' -F
complete -c evswitch -n '__evswitch_at evswitch share trust help' -a 'list accept forget import'
complete -c evswitch -n '__evswitch_at evswitch share run' -l config -r -F -d 'configuration, instead of the usual file'
complete -c evswitch -n '__evswitch_at evswitch share run' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch devices' -l all -s a -d 'also buttons, switches and devices made by programs'
complete -c evswitch -n '__evswitch_at evswitch devices' -l json -d 'JSON for scripts'
complete -c evswitch -n '__evswitch_at evswitch devices' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch identify' -l seconds -x -d 'end after this time'
complete -c evswitch -n '__evswitch_at evswitch identify' -l grab -d 'keep all that is done from this machine meanwhile (default: false)'
complete -c evswitch -n '__evswitch_at evswitch identify' -l keys -d 'show the names of keys on this screen, and which of them reach a guest (default: false)'
complete -c evswitch -n '__evswitch_at evswitch identify' -l json -d 'one JSON object a line (default: false)'
complete -c evswitch -n '__evswitch_at evswitch identify' -l write -r -F -d 'append [[source]] entries to this TOML file at the end'
complete -c evswitch -n '__evswitch_at evswitch identify' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch monitor' -l json -d 'one JSON object a line (default: false)'
complete -c evswitch -n '__evswitch_at evswitch monitor' -l seconds -x -d 'end after this time'
complete -c evswitch -n '__evswitch_at evswitch monitor' -l record -r -F -d 'also write everything to this new file'
complete -c evswitch -n '__evswitch_at evswitch monitor' -l replay -r -F -d 'show a recording instead of devices'
complete -c evswitch -n '__evswitch_at evswitch monitor' -l into-clone -d 'make the recorded devices, and play on them at Enter (default: false)'
complete -c evswitch -n '__evswitch_at evswitch monitor' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch monitor' -a '(__evswitch_devices)'
complete -c evswitch -n '__evswitch_at evswitch map' -a test -d 'type, and see what each target would receive'
complete -c evswitch -n '__evswitch_at evswitch map' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch map test' -l config -r -F -d 'the configuration to try'
complete -c evswitch -n '__evswitch_at evswitch map test' -l seconds -x -d 'end after this time'
complete -c evswitch -n '__evswitch_at evswitch map test' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch config' -a check -d 'tell what is wrong with a file'
complete -c evswitch -n '__evswitch_at evswitch config' -a show -d 'show what holds, and where it is from'
complete -c evswitch -n '__evswitch_at evswitch config' -a import -d 'make a file of persistent-evdev or evsieve'
complete -c evswitch -n '__evswitch_at evswitch config' -a reference -d 'print everything that can stand in a file'
complete -c evswitch -n '__evswitch_at evswitch config' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch config check' -l json -d 'one JSON object instead of text (default: false)'
complete -c evswitch -n '__evswitch_at evswitch config check' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch config check' -F
complete -c evswitch -n '__evswitch_at evswitch config show' -l config -r -F -d 'configuration, instead of the usual file'
complete -c evswitch -n '__evswitch_at evswitch config show' -l target -x -a '(__evswitch_targets)' -d 'a guest; again for more (default: guest)'
complete -c evswitch -n '__evswitch_at evswitch config show' -l device -x -a '(__evswitch_devices)' -d 'a device to take: path, link, or a part of its name; again for more (default: every real keyboard and mouse)'
complete -c evswitch -n '__evswitch_at evswitch config show' -l clone -x -a '(__evswitch_devices)' -d 'a gamepad, tablet, touchpad or touchscreen that guests are given clones of; again for more'
complete -c evswitch -n '__evswitch_at evswitch config show' -l hotkey -x -d 'switches to the next target (default: "leftctrl+rightctrl")'
complete -c evswitch -n '__evswitch_at evswitch config show' -l panic -x -d 'gives everything back to this machine (default: "leftctrl+rightctrl+esc")'
complete -c evswitch -n '__evswitch_at evswitch config show' -l host-mode -x -a 'release proxy' -d 'release: this machine reads its devices itself; proxy: it reads nodes of evswitch (choices: "release", "proxy", default: "release")'
complete -c evswitch -n '__evswitch_at evswitch config show' -l repeat -x -a 'on off' -d 'whether guests are sent key repeats (choices: "on", "off", default: "on")'
complete -c evswitch -n '__evswitch_at evswitch config show' -l realtime -x -d 'SCHED_FIFO priority of the input thread, 1 to 98, or off (default: "20")'
complete -c evswitch -n '__evswitch_at evswitch config show' -l log-level -x -a 'trace debug info warn error fatal silent' -d 'of the log on stderr (choices: "trace", "debug", "info", "warn", "error", "fatal", "silent", default: "warn")'
complete -c evswitch -n '__evswitch_at evswitch config show' -l json -d 'one JSON object instead of text (default: false)'
complete -c evswitch -n '__evswitch_at evswitch config show' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch config import' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch config import' -F
complete -c evswitch -n '__evswitch_at evswitch config reference' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch qemu' -a args -d 'print the arguments for a guest'
complete -c evswitch -n '__evswitch_at evswitch qemu' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch qemu args' -l config -r -F -d 'configuration, instead of the usual file'
complete -c evswitch -n '__evswitch_at evswitch qemu args' -l virtio -d 'give it the devices themselves, by virtio-input (default: false)'
complete -c evswitch -n '__evswitch_at evswitch qemu args' -l repeat -x -a 'on off' -d 'whether key repeats are passed on (default: what --os needs) (choices: "on", "off")'
complete -c evswitch -n '__evswitch_at evswitch qemu args' -l os -x -a 'any linux windows windows-virtio macos' -d 'what runs in the guest (choices: "any", "linux", "windows", "windows-virtio", "macos", default: "any")'
complete -c evswitch -n '__evswitch_at evswitch qemu args' -l barrier -d 'let QEMU\'s own client of the network share have them, without nodes (default: false)'
complete -c evswitch -n '__evswitch_at evswitch qemu args' -l screen -x -d 'with --barrier: of the guest (default: 1920x1080)'
complete -c evswitch -n '__evswitch_at evswitch qemu args' -l json -d 'one JSON object instead of text (default: false)'
complete -c evswitch -n '__evswitch_at evswitch qemu args' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch qemu args' -a '(__evswitch_targets)'
complete -c evswitch -n '__evswitch_at evswitch libvirt' -a list -d 'list domains and their input'
complete -c evswitch -n '__evswitch_at evswitch libvirt' -a show -d 'print the XML to add'
complete -c evswitch -n '__evswitch_at evswitch libvirt' -a diff -d 'show what apply would change'
complete -c evswitch -n '__evswitch_at evswitch libvirt' -a apply -d 'give a domain its keyboard and mouse'
complete -c evswitch -n '__evswitch_at evswitch libvirt' -a remove -d 'take everything of evswitch out of a domain'
complete -c evswitch -n '__evswitch_at evswitch libvirt' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch libvirt list' -l connect -x -d 'libvirt connection (default: "qemu:///system")'
complete -c evswitch -n '__evswitch_at evswitch libvirt list' -l json -d 'JSON for scripts (default: false)'
complete -c evswitch -n '__evswitch_at evswitch libvirt list' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch libvirt show' -l config -r -F -d 'configuration, instead of the usual file'
complete -c evswitch -n '__evswitch_at evswitch libvirt show' -l target -x -a '(__evswitch_targets)' -d 'the target (default: the domain\'s name, or the only one)'
complete -c evswitch -n '__evswitch_at evswitch libvirt show' -l virtio -d 'give it the devices themselves, by virtio-input (default: false)'
complete -c evswitch -n '__evswitch_at evswitch libvirt show' -l repeat -x -a 'on off' -d 'whether key repeats are passed on (choices: "on", "off")'
complete -c evswitch -n '__evswitch_at evswitch libvirt show' -l command-line -d 'by qemu:commandline, for a libvirt before 7.4'
complete -c evswitch -n '__evswitch_at evswitch libvirt show' -l replace -d 'take out what the domain opens of this machine (default: false)'
complete -c evswitch -n '__evswitch_at evswitch libvirt show' -l drop-pointers -d 'take out emulated tablets and USB mice (default: false)'
complete -c evswitch -n '__evswitch_at evswitch libvirt show' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch libvirt diff' -l config -r -F -d 'configuration, instead of the usual file'
complete -c evswitch -n '__evswitch_at evswitch libvirt diff' -l target -x -a '(__evswitch_targets)' -d 'the target (default: the domain\'s name, or the only one)'
complete -c evswitch -n '__evswitch_at evswitch libvirt diff' -l virtio -d 'give it the devices themselves, by virtio-input (default: false)'
complete -c evswitch -n '__evswitch_at evswitch libvirt diff' -l repeat -x -a 'on off' -d 'whether key repeats are passed on (choices: "on", "off")'
complete -c evswitch -n '__evswitch_at evswitch libvirt diff' -l command-line -d 'by qemu:commandline, for a libvirt before 7.4'
complete -c evswitch -n '__evswitch_at evswitch libvirt diff' -l replace -d 'take out what the domain opens of this machine (default: false)'
complete -c evswitch -n '__evswitch_at evswitch libvirt diff' -l drop-pointers -d 'take out emulated tablets and USB mice (default: false)'
complete -c evswitch -n '__evswitch_at evswitch libvirt diff' -l connect -x -d 'libvirt connection (default: "qemu:///system")'
complete -c evswitch -n '__evswitch_at evswitch libvirt diff' -l file -r -F -d 'edit a file instead of a domain of libvirt'
complete -c evswitch -n '__evswitch_at evswitch libvirt diff' -l no-validate -d 'do not check it against libvirt\'s schema'
complete -c evswitch -n '__evswitch_at evswitch libvirt diff' -l backups -x -d 'where copies of what it was are kept (default: "/var/lib/evswitch/backups")'
complete -c evswitch -n '__evswitch_at evswitch libvirt diff' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch libvirt apply' -l config -r -F -d 'configuration, instead of the usual file'
complete -c evswitch -n '__evswitch_at evswitch libvirt apply' -l target -x -a '(__evswitch_targets)' -d 'the target (default: the domain\'s name, or the only one)'
complete -c evswitch -n '__evswitch_at evswitch libvirt apply' -l virtio -d 'give it the devices themselves, by virtio-input (default: false)'
complete -c evswitch -n '__evswitch_at evswitch libvirt apply' -l repeat -x -a 'on off' -d 'whether key repeats are passed on (choices: "on", "off")'
complete -c evswitch -n '__evswitch_at evswitch libvirt apply' -l command-line -d 'by qemu:commandline, for a libvirt before 7.4'
complete -c evswitch -n '__evswitch_at evswitch libvirt apply' -l replace -d 'take out what the domain opens of this machine (default: false)'
complete -c evswitch -n '__evswitch_at evswitch libvirt apply' -l drop-pointers -d 'take out emulated tablets and USB mice (default: false)'
complete -c evswitch -n '__evswitch_at evswitch libvirt apply' -l connect -x -d 'libvirt connection (default: "qemu:///system")'
complete -c evswitch -n '__evswitch_at evswitch libvirt apply' -l file -r -F -d 'edit a file instead of a domain of libvirt'
complete -c evswitch -n '__evswitch_at evswitch libvirt apply' -l no-validate -d 'do not check it against libvirt\'s schema'
complete -c evswitch -n '__evswitch_at evswitch libvirt apply' -l backups -x -d 'where copies of what it was are kept (default: "/var/lib/evswitch/backups")'
complete -c evswitch -n '__evswitch_at evswitch libvirt apply' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch libvirt remove' -l connect -x -d 'libvirt connection (default: "qemu:///system")'
complete -c evswitch -n '__evswitch_at evswitch libvirt remove' -l file -r -F -d 'edit a file instead of a domain of libvirt'
complete -c evswitch -n '__evswitch_at evswitch libvirt remove' -l no-validate -d 'do not check it against libvirt\'s schema'
complete -c evswitch -n '__evswitch_at evswitch libvirt remove' -l backups -x -d 'where copies of what it was are kept (default: "/var/lib/evswitch/backups")'
complete -c evswitch -n '__evswitch_at evswitch libvirt remove' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch setup' -l prefix -x -d 'below which the program is (environment: PREFIX) (default: "/usr/local")'
complete -c evswitch -n '__evswitch_at evswitch setup' -l device -x -a '(__evswitch_devices)' -d 'a device to take, as evswitch run has it; again for more'
complete -c evswitch -n '__evswitch_at evswitch setup' -l target -x -a '(__evswitch_targets)' -d 'the target (default: the domain\'s name, or the only one)'
complete -c evswitch -n '__evswitch_at evswitch setup' -l qemu -d 'the guest is started by hand, without libvirt (default: false)'
complete -c evswitch -n '__evswitch_at evswitch setup' -l connect -x -d 'libvirt connection (default: "qemu:///system")'
complete -c evswitch -n '__evswitch_at evswitch setup' -l undo -d 'take everything back (default: false)'
complete -c evswitch -n '__evswitch_at evswitch setup' -l yes -s y -d 'do not ask (default: false)'
complete -c evswitch -n '__evswitch_at evswitch setup' -l dry-run -d 'only show what would be done (default: false)'
complete -c evswitch -n '__evswitch_at evswitch setup' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch doctor' -l config -r -F -d 'configuration, instead of the usual file'
complete -c evswitch -n '__evswitch_at evswitch doctor' -l fix -d 'repair what can be repaired (default: false)'
complete -c evswitch -n '__evswitch_at evswitch doctor' -l dry-run -d 'show what --fix would change (default: false)'
complete -c evswitch -n '__evswitch_at evswitch doctor' -l iommu -d 'only list IOMMU groups (default: false)'
complete -c evswitch -n '__evswitch_at evswitch doctor' -l json -d 'JSON for scripts (default: false)'
complete -c evswitch -n '__evswitch_at evswitch doctor' -l connect -x -d 'libvirt connection (default: "qemu:///system")'
complete -c evswitch -n '__evswitch_at evswitch doctor' -l backups -x -d 'where copies of changed files are kept (default: "/var/lib/evswitch/backups")'
complete -c evswitch -n '__evswitch_at evswitch doctor' -l user -x -d 'whose rights are looked at (default: yours)'
complete -c evswitch -n '__evswitch_at evswitch doctor' -l root -x -a '(__fish_complete_directories)' -d 'look at the files below another root (default: "/")'
complete -c evswitch -n '__evswitch_at evswitch doctor' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch bench' -a device -d 'how often a real mouse or keyboard reports'
complete -c evswitch -n '__evswitch_at evswitch bench' -l rate -x -d 'frames a second of the mice (default: [125,1000,4000,8000])'
complete -c evswitch -n '__evswitch_at evswitch bench' -l seconds -x -d 'how long each measurement takes (default: 2)'
complete -c evswitch -n '__evswitch_at evswitch bench' -l switches -x -d 'how many switches are timed (default: 50)'
complete -c evswitch -n '__evswitch_at evswitch bench' -l json -d 'the report as JSON (default: false)'
complete -c evswitch -n '__evswitch_at evswitch bench' -l html -r -F -d 'also write a page with charts to this file'
complete -c evswitch -n '__evswitch_at evswitch bench' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch bench device' -l seconds -x -d 'how long (default: 10)'
complete -c evswitch -n '__evswitch_at evswitch bench device' -l json -d 'the figures as JSON (default: false)'
complete -c evswitch -n '__evswitch_at evswitch bench device' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch bench device' -a '(__evswitch_devices)'
complete -c evswitch -n '__evswitch_at evswitch completion' -l help -s h -d 'print help'
complete -c evswitch -n '__evswitch_at evswitch completion' -a 'bash zsh fish'
complete -c evswitch -n '__evswitch_at evswitch help' -a 'run status switch release reload log service agent share devices identify monitor map config qemu libvirt setup doctor bench completion'
