#include "core/hub/repo_id.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/base/utf8.h"

namespace orrery::hub {
namespace {

constexpr std::size_t kMaxNamePart = 96;   // of an id
constexpr std::size_t kMaxPathPart = 255;  // what file systems take
constexpr std::size_t kMaxPath = 1024;

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

bool isWordCharacter(char c) {
  return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool isHex(std::string_view text, std::size_t size) {
  return text.size() == size &&
         std::ranges::all_of(text, [](char c) { return isDigit(c) || (c >= 'a' && c <= 'f'); });
}

bool isIdPart(std::string_view part) {
  if (part.empty() || part.size() > kMaxNamePart) return false;
  if (!isWordCharacter(part.front()) || !isWordCharacter(part.back())) return false;
  return std::ranges::all_of(part,
                             [](char c) { return isWordCharacter(c) || c == '-' || c == '.'; });
}

bool isId(std::string_view id) {
  if (id.find("--") != id.npos || id.find("..") != id.npos || id.ends_with(".git")) return false;
  const auto slash = id.find('/');
  if (slash == id.npos) return isIdPart(id);
  return isIdPart(id.substr(0, slash)) && isIdPart(id.substr(slash + 1));
}

/// CON, NUL, COM1, … which Windows takes for devices, with any ending.
bool isDeviceName(std::string_view part) {
  std::string name(part.substr(0, part.find('.')));
  while (name.ends_with(' ')) name.pop_back();
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
  constexpr std::array<std::string_view, 6> kDevices{"CON", "PRN",    "AUX",
                                                     "NUL", "CONIN$", "CONOUT$"};
  if (std::ranges::find(kDevices, name) != kDevices.end()) return true;
  return name.size() == 4 && (name.starts_with("COM") || name.starts_with("LPT")) &&
         isDigit(name[3]);
}

/// Why a part of a path is refused; empty if it is not.
std::string_view flawOf(std::string_view part) {
  if (part.empty()) return "has an empty part";
  if (part == "." || part == "..") return "leaves its folder";
  if (part.size() > kMaxPathPart) return "has a part longer than 255 bytes";
  if (part.size() > 1 && part[1] == ':') return "names a drive";
  if (isDeviceName(part)) return "is the name of a device";
  return {};
}

}  // namespace

ModelReference parseModelReference(std::string_view text) {
  ModelReference reference;
  const auto at = text.find('@');
  reference.id = text.substr(0, at);
  if (!isId(reference.id))
    throw Error(ErrorKind::kInvalidInput, "expected a model as org/name[@revision], found {}",
                quoted(text));
  if (at == text.npos) return reference;
  reference.revision = text.substr(at + 1);
  withContext(fmt::format("revision of {}", reference.id),
              [&] { return checkedPath(reference.revision); });
  return reference;
}

const std::string& requireId(const std::string& id) {
  if (!isId(id))
    throw Error(ErrorKind::kInvalidInput, "expected a model as org/name, found {}", quoted(id));
  return id;
}

bool isModelReference(std::string_view text) {
  const std::string_view id = text.substr(0, text.find('@'));
  return id.find('/') != id.npos && isId(id);
}

bool isCommit(std::string_view text) {
  return isHex(text, 40);
}

bool isSha256(std::string_view text) {
  return isHex(text, 64);
}

std::filesystem::path checkedPath(std::string_view name) {
  const auto refuse = [&](std::string_view flaw) {
    return Error(ErrorKind::kInvalidInput, "the name {} {}, so nothing is written under it",
                 quoted(name), flaw);
  };
  if (name.size() > kMaxPath) throw refuse("is longer than 1024 bytes");
  if (utf8::firstInvalid(name) != name.npos) throw refuse("is no UTF-8");
  for (const char c : name) {
    if (c == '\\') throw refuse("has a backslash");
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) throw refuse("has a control character");
  }
  if (name.starts_with('/')) throw refuse("is absolute");
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find('/', begin), name.size());
    if (const auto flaw = flawOf(name.substr(begin, end - begin)); !flaw.empty())
      throw refuse(flaw);
    begin = end + 1;
  }
  return std::filesystem::path(name);
}

}  // namespace orrery::hub
