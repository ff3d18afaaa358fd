using AkkaReplication.Simulation.Gallery;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation;

internal static class Program
{
    public static int Main(string[] args) => args.Length > 0 && args[0] == "gallery"
        ? GalleryCommand.Run(args[1..])
        : SimulationCommand.Run(args);
}
