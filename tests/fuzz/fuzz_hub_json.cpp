// Any bytes as the hub's answers: a page of a search, a model, files, branches, and a kept tree.

#include "core/hub/model_info.h"
#include "core/hub/repository_tree.h"
#include "tests/fuzz/support.h"

using namespace orrery;

namespace {

/// What was read is written as JSON again, which must be whole.
void write(const Json& json) {
  static_cast<void>(Json::parse(json.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

void readFiles(const std::vector<hub::RepositoryFile>& files) {
  for (const auto& file : files) {
    if (!hub::isCommit(file.contentName()) && !hub::isSha256(file.contentName())) std::abort();
    fuzz::allowError([&] {
      // A name may begin with two dots ("..json"); a step may not be them.
      const auto path = hub::checkedPath(file.path).lexically_normal();
      if (path.is_absolute() || *path.begin() == "..") std::abort();
    });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Json document;
  try {
    document = parseJson(fuzz::textOf(data, size), "fuzz");
  } catch (const Error&) {
    return 0;
  }
  const JsonField field(document, "fuzz");
  fuzz::allowError([&] { write(hub::readModelInfo(field).toJson()); });
  fuzz::allowError([&] {
    for (const JsonField& item : field.elements()) write(hub::readModelInfo(item).toJson());
  });
  fuzz::allowError([&] { write(hub::readRefs(field).toJson()); });
  fuzz::allowError([&] { readFiles(hub::readTreePage(field)); });
  fuzz::allowError([&] {
    const auto tree = hub::treeFromJson(field, "fuzz");
    readFiles(tree.files);
    const Json again = hub::treeToJson(tree);
    if (hub::treeToJson(hub::treeFromJson(JsonField(again, "again"), "fuzz")) != again)
      std::abort();
  });
  return 0;
}
