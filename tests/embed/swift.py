"""Swift without its compiler: names that nobody declares.

Beside its syntax (grammar.py): a name that a kit uses and does not declare must be one
of Apple's or of ONNX Runtime's; those are listed here, so that a slip of the pen shows.
"""

from __future__ import annotations

from tests.embed.grammar import nodes

LANGUAGE = """
    $0 $1 AnyObject Array Bool CustomStringConvertible Double Equatable Error Float Int Int16 Int32
    Int64 Int8 MemoryLayout Result Scalar Sendable Set String Type UInt8 UTF8 Unicode
    UnicodeScalarView abs allSatisfy append as at baseAddress bitPattern by contains count decoding
    decomposedStringWithCanonicalMapping default describing dropLast encoding enumerated error exp
    failure firstIndex flatMap for format from fromByteOffset generalCategory get in indices init
    isASCII isCaseIgnorable isCased isEmpty isFinite joined last loadUnaligned lowercaseMapping map
    max min nan of omittingEmptySubsequences prefix print properties rawValue reduce repeating
    reserveCapacity reversed rounded self separator set sorted split standard stride string success
    to toNearestOrEven truncatingIfNeeded unicodeScalars utf8 withUnsafeBytes
    withUnsafeMutableBytes x y zip
"""
FOUNDATION = """
    Bundle Data FileManager Foundation NSMutableData NSNumber ProcessInfo TimeInterval URL
    UserDefaults appendingPathComponent appropriateFor atPath cachesDirectory contentsOf create
    fileExists forKey module moveItem operatingSystemVersionString path processInfo resourceURL
    subdata synchronize systemUptime url userDomainMask
"""
GRAPHICS = """
    CGColorSpace CGContext CGImage CGImageAlphaInfo CGRect CoreGraphics bitmapInfo bitsPerComponent
    bytesPerRow draw noneSkipLast sRGB
"""
CORE_ML = """
    CoreML MLDictionaryFeatureProvider MLFeatureValue MLModel MLModelConfiguration MLShapedArray
    compileModel computeUnits configuration dictionary featureValue prediction scalars shapedArray
    shapedArrayValue
"""
ONNX_RUNTIME = """
    ORTEnv ORTSession ORTSessionOptions ORTTensorElementDataType ORTValue OnnxRuntimeBindings
    appendCoreMLExecutionProvider elementType env float loggingLevel modelPath outputNames
    runOptions sessionOptions setIntraOpNumThreads tensorData uInt8 warning withInputs withOptionsV2
"""
TESTS = """
    XCTAssertEqual XCTAssertNil XCTAssertThrowsError XCTAssertTrue XCTSkip XCTUnwrap XCTest
    XCTestCase testable
"""
PACKAGE = """
    Package PackageDescription copy dependencies exact iOS library macOS package platforms product
    products resources target targets testTarget v13 v16
"""
KNOWN = frozenset(
    " ".join((LANGUAGE, FOUNDATION, GRAPHICS, CORE_ML, ONNX_RUNTIME, TESTS, PACKAGE)).split()
)
# A name stands where these nodes declare it: in a field, or anywhere among their children.
FIELDS = ("name", "external_name", "bound_identifier")
ALONE = ("pattern", "type_parameter")


def undeclared(texts: list[bytes]) -> set[str]:
    """Return the names in the files of a kit that it does not declare, and nobody else does."""
    declared, used = set(), set()
    for text in texts:
        for node, parent in nodes("swift", text):
            if node.type not in ("type_identifier", "simple_identifier"):
                continue
            fields = [one for field in FIELDS for one in parent.children_by_field_name(field)]
            declares = parent.type in ALONE or node in fields
            (declared if declares else used).add(node.text.decode())
    return used - declared - KNOWN
