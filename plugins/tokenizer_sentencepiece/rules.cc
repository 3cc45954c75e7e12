/* rules.cc: is a model's normaliser one that the library itself has? Its maps are in no header, so it is
 * made to learn from one line, once a process and rule, and asked what it wrote: 25 ms, of models that
 * have a map at all. */
#include "blob.h"
#include "shim.h"

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>

namespace
{

/* The map that the library itself writes for a rule's name. */
std::string own_map(const char *name)
{
    struct one_line {
        bool done;
        static const char *next(void *ctx, size_t *n)
        {
            auto *line = static_cast<one_line *>(ctx);
            const char *text = line->done ? nullptr : "a";
            *n = 1;
            line->done = true;
            return text;
        }
        static void again(void *ctx)
        {
            static_cast<one_line *>(ctx)->done = false;
        }
    } line = {false};
    shim_training t = {};
    t.type = "bpe";
    t.normaliser = name;
    t.coverage = 1;
    t.shrink = 0.75;
    t.size = 1000;
    t.longest = 16;
    t.rounds = 1;
    t.seeds = 1000;
    t.next = one_line::next;
    t.rewind = one_line::again;
    t.ctx = &line;
    char *model = nullptr, why[WHY_MAX];
    size_t size;
    blob_normaliser learnt;
    if (shim_train(&t, &model, &size, why) < 0)
        throw std::runtime_error(why);
    const std::unique_ptr<char, decltype(&free)> owned(model, free);
    if (blob_check(model, size, &learnt, why) < 0)
        throw std::runtime_error(why);
    return std::string(learnt.map.data, learnt.map.size);
}

/* Both are learnt once in a process, when first asked for. */
const std::string &nfkc_map()
{
    static const std::string map = own_map("nfkc");
    return map;
}

const std::string &nmt_map()
{
    static const std::string map = own_map("nmt_nfkc");
    return map;
}

} // namespace

bool blob_is_own(const blob_normaliser &n)
{
    const std::string name(n.name.data, n.name.size), map(n.map.data, n.map.size);
    return name == "identity"   ? map.empty()
           : name == "nfkc"     ? map == nfkc_map()
           : name == "nmt_nfkc" ? map == nmt_map()
                                : false;
}
