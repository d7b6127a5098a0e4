#pragma once

#include <filesystem>
#include <vector>

#include "core/base/json.h"

namespace orrery::chat {

/// `messages` as chat templates of models with pictures know them: a part of the form
/// {"type": "image_url", "image_url": {"url": …}}, as OpenAI's messages have it, becomes
/// {"type": "image", "url": …}.
OrderedJson withImageParts(OrderedJson messages);

/// Whether a part of a message is a picture.
bool hasPictures(const OrderedJson& messages);

/// The files of the pictures in `messages`, in their order: what the parts of type "image" have as
/// "image", "url" (file:// may stand before the path) or "path". An Error names the part that has
/// none of these, or the address of another machine.
std::vector<std::filesystem::path> pictureFiles(const OrderedJson& messages);

}  // namespace orrery::chat
