namespace Akka.TestKit;

/// <summary>Marks a test class whose tells have no sender; without it the kit's test actor is the sender.</summary>
public interface INoImplicitSender
{
}
