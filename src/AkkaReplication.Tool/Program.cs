using System.Runtime.InteropServices;
using AkkaReplication.Tool;
using AkkaReplication.Tool.Commands;

// The first Ctrl-C (or SIGTERM) stops in order; a second one is left to the system.
using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await CommandLineTool.RunAsync(args, ToolIo.Console(), stop.Token);

void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
