// Framing, the JSON-RPC envelope, arrays and masks on foreign bytes. The stream is cut at a place
// the input chooses: the frames must not depend on it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/rle.h"
#include "core/protocol/arrays.h"
#include "core/protocol/envelope.h"
#include "core/protocol/generate.h"

using namespace orrery;
using namespace orrery::protocol;

namespace {

std::vector<Frame> framesOf(std::initializer_list<std::string_view> pieces) {
  Framer framer({.header = 256, .message = 4096, .binary = 4096});
  std::vector<Frame> frames;
  try {
    for (const std::string_view piece : pieces) {
      framer.append(piece);
      while (auto frame = framer.next()) frames.push_back(std::move(*frame));
    }
  } catch (const Error&) {
    // Broken framing: what came before it counts.
  }
  return frames;
}

void readAsRequest(const Frame& frame) {
  try {
    const Envelope envelope = parseEnvelope(frame.content);
    const auto params = envelope.paramsAs<GenerateParams>();
    if (readMessage<GenerateParams>(toJson(params), "again") != params) std::abort();
  } catch (const Error&) {
    // No message, or one that does not fit.
  }
}

void readAsArrays(std::string_view bytes) {
  try {
    const std::string again = Arrays::parse(bytes).encoded();
    if (Arrays::parse(again).encoded() != again) std::abort();
  } catch (const Error&) {
    // No arrays of 32-bit floats.
  }
}

void readAsMask(std::string_view bytes) {
  try {
    const RleMask mask{{31, 17}, std::string(bytes)};
    if (rlePixels(rleFromRuns(rleRuns(mask), 31, 17)) != rlePixels(mask)) std::abort();
  } catch (const Error&) {
    // Runs that are broken or do not fill the mask.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t cut = data[0] % (bytes.size() + 1);
  const auto frames = framesOf({bytes});
  if (framesOf({bytes.substr(0, cut), bytes.substr(cut)}) != frames) std::abort();
  for (const Frame& frame : frames) readAsRequest(frame);
  readAsArrays(bytes);
  readAsMask(bytes);
  readAsRequest({.content = std::string(bytes)});
  return 0;
}
