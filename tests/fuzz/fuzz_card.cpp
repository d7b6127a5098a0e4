// Any bytes as a model's README.md.

#include "core/hub/card.h"
#include "tests/fuzz/support.h"

using namespace orrery;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::textOf(data, size);
  const hub::Card card = hub::parseCard(text);
  if (!text.ends_with(card.body) || !card.data.is_object()) std::abort();
  if (!card.problem.empty() && !card.data.empty()) std::abort();
  if (card.problem.find('\n') != std::string::npos) std::abort();
  return 0;
}
