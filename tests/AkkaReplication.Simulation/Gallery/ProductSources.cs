using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace AkkaReplication.Simulation.Gallery;

/// <summary>
/// The sources of one of the product's projects, parsed once, and compiled in memory with a bug planted in one of them. The
/// options are those of a release build of the project.
/// </summary>
internal sealed class ProductSources
{
    // What ImplicitUsings stands for in a project of Microsoft.NET.Sdk.
    private const string ImplicitUsings =
        """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions _parseOptions =
        new(LanguageVersion.Latest, DocumentationMode.None, preprocessorSymbols: ["RELEASE", "NET", "NETCOREAPP"]);

    private readonly ImmutableDictionary<string, SyntaxTree> _trees;
    private readonly CSharpCompilation _compilation;
    private readonly Lazy<byte[]> _withoutBug;

    private ProductSources(string project, string directory)
    {
        _trees = Directory.EnumerateFiles(directory, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(directory, path).Replace('\\', '/'))
            .Where(path => !path.StartsWith("obj/", StringComparison.Ordinal) && !path.StartsWith("bin/", StringComparison.Ordinal))
            .ToImmutableDictionary(
                path => $"{project}/{path}",
                path => Parse(WithoutGeneratedImports(File.ReadAllText(Path.Combine(directory, path))), path));
        var projectFile = XDocument.Load(Path.Combine(directory, $"{project}.csproj"));
        _compilation = CSharpCompilation.Create(
            project,
            [.. _trees.Values, Parse(ImplicitUsings, "ImplicitUsings.cs"), Parse(AssemblyAttributes(project, projectFile), "Assembly.cs")],
            References(project),
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release,
                allowUnsafe: projectFile.Descendants("AllowUnsafeBlocks").Any(e => (bool)e),
                nullableContextOptions: NullableContextOptions.Enable,
                deterministic: true,
                concurrentBuild: false));
        _withoutBug = new Lazy<byte[]>(() => Emit(_compilation, "no bug"));
    }

    /// <summary>Reads a project below the directory <c>src</c>.</summary>
    public static ProductSources Read(string source, string project) => new(project, Path.Combine(source, project));

    /// <summary>The text of a file, named as bugs name it.</summary>
    public string TextOf(string file) => _trees[file].GetText().ToString();

    /// <summary>What is wrong with the file that has the bug in it; empty where it compiles. Looks at that file alone.</summary>
    public IReadOnlyList<string> ErrorsOf(PlantedBug bug)
    {
        var (compilation, tree) = Plant(bug);
        return [.. compilation.GetSemanticModel(tree).GetDiagnostics()
            .Where(d => d.Severity == DiagnosticSeverity.Error)
            .Select(d => d.ToString())];
    }

    /// <summary>The assembly with the bug in it; null for the assembly as it is.</summary>
    /// <exception cref="InvalidOperationException">It does not compile.</exception>
    public byte[] Compile(PlantedBug? bug) => bug is null ? _withoutBug.Value : Emit(Plant(bug).Compilation, bug.Name);

    private static byte[] Emit(CSharpCompilation compilation, string bug)
    {
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        return result.Success
            ? image.ToArray()
            : throw new InvalidOperationException(
                $"{compilation.AssemblyName} with {bug} in it does not compile: "
                + string.Join("; ", result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(3)));
    }

    private (CSharpCompilation Compilation, SyntaxTree Tree) Plant(PlantedBug bug)
    {
        var old = _trees.TryGetValue(bug.File, out var found)
            ? found
            : throw new InvalidOperationException($"Planted bug '{bug.Name}': there is no file {bug.File}.");
        var tree = Parse(bug.PlantIn(old.GetText().ToString()), old.FilePath);
        return (_compilation.ReplaceSyntaxTree(old, tree), tree);
    }

    private static SyntaxTree Parse(string text, string path) =>
        CSharpSyntaxTree.ParseText(SourceText.From(text, Encoding.UTF8), _parseOptions, path);

    /// <summary>
    /// LibraryImport needs a generator that comes with the SDK alone; DllImport does without. Nothing of it is called over a
    /// simulated file system.
    /// </summary>
    private static string WithoutGeneratedImports(string text) => Regex.Replace(
        Regex.Replace(text, @", StringMarshalling = StringMarshalling\.Utf8(?=\)\])", ""),
        @"\[LibraryImport\((?<what>[^\]]*)\)\](?<between>\s*)private static partial ",
        "[DllImport(${what})]${between}private static extern ");

    private static string AssemblyAttributes(string project, XDocument projectFile) => string.Join('\n',
    [
        $"[assembly: System.Reflection.AssemblyVersion(\"{BuiltVersion(project)}\")]",
        .. projectFile.Descendants("InternalsVisibleTo").Select(
            e => $"[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"{(string?)e.Attribute("Include")}\")]"),
    ]);

    // Whoever was compiled against the built assembly must be able to load this one.
    private static Version? BuiltVersion(string project) => Assembly.Load(project).GetName().Version;

    private static IEnumerable<MetadataReference> References(string project) =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => Path.GetFileNameWithoutExtension(path) != project && !IsAbove(project, path))
            .Select(path => MetadataReference.CreateFromFile(path));

    // Core knows nobody, Storage only Core; neither may see what was built from this project's own sources.
    private static bool IsAbove(string project, string path) =>
        Path.GetFileNameWithoutExtension(path) is var name
        && name.StartsWith("AkkaReplication", StringComparison.Ordinal)
        && !(name == "AkkaReplication.Core" && project != name);
}
