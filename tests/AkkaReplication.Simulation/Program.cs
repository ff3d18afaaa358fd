using AkkaReplication.Simulation.Gallery;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation;

internal static class Program
{
    public static int Main(string[] args) => args switch
    {
        ["gallery", ..] => GalleryCommand.Run(args[1..]),
        [HuntProcess.Verb, ..] => HuntProcess.Obey(args[1..]),
        _ => SimulationCommand.Run(args),
    };
}
