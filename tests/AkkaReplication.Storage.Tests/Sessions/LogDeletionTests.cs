using AkkaReplication.Storage.Tests.Simulated;

namespace AkkaReplication.Storage.Tests.Sessions;

public sealed class LogDeletionTests
{
    [Fact]
    public async Task A_life_does_not_end_while_the_files_of_a_log_are_being_deleted()
    {
        var fixture = new StorageFixture().Start();
        Task? ending = null;
        var endedTooEarly = false;
        fixture.Files.Fault = (operation, path) =>
        {
            if (operation != FileOperation.Delete || ending is not null || !path.EndsWith("-delete", StringComparison.Ordinal))
                return;
            ending = fixture.Session.KillAsync();
            endedTooEarly = ending.IsCompleted;
        };

        fixture.Session.DeleteLog(StorageFixture.Partition);

        Assert.NotNull(ending);
        Assert.False(endedTooEarly);
        await ending.WaitAsync(TimeSpan.FromSeconds(20));
    }
}
