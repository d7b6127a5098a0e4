#include "core/chat/pictures.h"

#include <algorithm>

#include "core/base/error.h"

namespace orrery::chat {
namespace {

constexpr std::string_view kFileKeys[] = {"image", "url", "path"};

bool isPart(const OrderedJson& part, std::string_view type) {
  return part.is_object() && part.value("type", OrderedJson()) == OrderedJson(std::string(type));
}

/// Calls `visit(part, name)` for every part of every message.
template <class Messages, class Visit>
void forEachPart(Messages& messages, const Visit& visit) {
  if (!messages.is_array()) return;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (!messages[i].is_object() || !messages[i].contains("content")) continue;
    auto& content = messages[i]["content"];
    if (!content.is_array()) continue;
    for (std::size_t k = 0; k < content.size(); ++k)
      visit(content[k], fmt::format("messages[{}].content[{}]", i, k));
  }
}

/// The file that a picture's part names.
std::filesystem::path fileOf(const OrderedJson& part, const std::string& name) {
  for (const std::string_view key : kFileKeys) {
    const auto found = part.find(std::string(key));
    if (found == part.end() || found->is_null()) continue;
    const Json plain(*found);
    std::string file = JsonField(plain, fmt::format("{}.{}", name, key)).as<std::string>();
    constexpr std::string_view kFileScheme = "file://";
    if (file.starts_with(kFileScheme)) return file.substr(kFileScheme.size());
    if (file.find("://") != file.npos || file.starts_with("data:"))
      throw Error(ErrorKind::kUnsupported,
                  "expected the name of a file, found an address; pictures are not downloaded")
          .in(fmt::format("{}.{}", name, key));
    return file;
  }
  throw Error(ErrorKind::kInvalidInput,
              "a picture without a file: expected its name as path, url or image")
      .in(name);
}

}  // namespace

OrderedJson withImageParts(OrderedJson messages) {
  forEachPart(messages, [](OrderedJson& part, const std::string&) {
    if (!isPart(part, "image_url") || !part.contains("image_url")) return;
    const OrderedJson& info = part["image_url"];
    const OrderedJson url = info.is_object() ? info.value("url", OrderedJson("")) : info;
    part = {{"type", "image"}, {"url", url}};
  });
  return messages;
}

bool hasPictures(const OrderedJson& messages) {
  bool found = false;
  forEachPart(messages, [&](const OrderedJson& part, const std::string&) {
    found |= isPart(part, "image") || isPart(part, "image_url");
  });
  return found;
}

std::vector<std::filesystem::path> pictureFiles(const OrderedJson& messages) {
  std::vector<std::filesystem::path> files;
  const OrderedJson known = withImageParts(messages);
  forEachPart(known, [&](const OrderedJson& part, const std::string& name) {
    if (isPart(part, "image")) files.push_back(fileOf(part, name));
  });
  return files;
}

}  // namespace orrery::chat
