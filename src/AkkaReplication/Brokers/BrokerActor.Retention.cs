using Akka.Event;

namespace AkkaReplication.Brokers;

internal sealed partial class BrokerActor
{
    private Task _deletingSegments = Task.CompletedTask;
    private Task _deletingStrays = Task.CompletedTask;

    /// <summary>Off every turn: to unlink a large file takes its time. A disk that is slower than the timer gets no second task.</summary>
    private void StartDeletingSegments()
    {
        var session = _broker!.Storage;
        if (_deletingSegments.IsCompleted && session.HasExpiredSegments)
            _deletingSegments = InBackground(session.DeleteExpiredSegments, "Expired segments were not deleted");
    }

    private void StartDeletingStrays()
    {
        var session = _broker!.Storage;
        var retentionMs = _life.Settings.LogStrayRetentionMs;
        if (_deletingStrays.IsCompleted)
            _deletingStrays = InBackground(Delete, "Strays were not deleted");

        void Delete()
        {
            foreach (var stray in session.DeleteExpiredStrays(retentionMs))
                _logger.Info("Broker {0} deleted {1}, which had been kept as stray for {2} ms", _life.Broker, stray, retentionMs);
        }
    }

    private Task InBackground(Action action, string complaint) => Task.Run(action).ContinueWith(
        done =>
        {
            // A life that ends leaves it to the next one.
            if (done.IsFaulted && !_closing)
                _logger.Warning(done.Exception!.GetBaseException(), complaint);
        },
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
