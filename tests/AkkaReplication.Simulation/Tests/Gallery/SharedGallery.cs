using AkkaReplication.Simulation.Gallery;

namespace AkkaReplication.Simulation.Tests.Gallery;

/// <summary>The product's sources, read once for all tests of the gallery.</summary>
internal static class SharedGallery
{
    public static readonly BugGallery Instance = new();

    public static PlantedBug Find(string name) => PlantedBugs.All.Single(bug => bug.Name == name);

    /// <summary>A copy of <see cref="GalleryProbe"/> with that bug under it, or without any.</summary>
    public static PlantedSimulator PlantProbe(PlantedBug? bug) => Instance.Plant(bug, typeof(GalleryProbe).FullName!);
}
