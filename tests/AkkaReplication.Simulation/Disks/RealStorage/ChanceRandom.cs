using AkkaReplication.Simulation.Time;

namespace AkkaReplication.Simulation.Disks.RealStorage;

/// <summary>A <see cref="Chance"/> for those who ask for a <see cref="Random"/>.</summary>
internal sealed class ChanceRandom(Chance chance) : Random
{
    public override int Next() => chance.Next(int.MaxValue);

    public override int Next(int maxValue) => chance.Next(maxValue);

    public override int Next(int minValue, int maxValue) => minValue + chance.Next(maxValue - minValue);

    protected override double Sample() => chance.NextDouble();
}
