namespace AkkaReplication.Sample;

/// <summary>What somebody has bought.</summary>
/// <param name="Cents">Its price.</param>
public sealed record Order(string Id, string Item, long Cents);

/// <param name="Orders">How many orders a run writes.</param>
public sealed record ShopOptions(int Orders);
