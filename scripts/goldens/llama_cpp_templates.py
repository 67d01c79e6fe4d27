"""Conversations rendered by llama.cpp's own template engine, as a phone or Ollama's runner frames a prompt; see golden/text/README.md.

Run from the repository root:  python scripts/goldens/llama_cpp_templates.py SmolLM2-135M-Instruct.Q4_1.gguf
Takes llama.cpp from the source package of llama-cpp-python and the families' own templates from trl, both from PyPI; needs g++, pip and gguf.
"""
import glob, json, os, subprocess, sys, tarfile, tempfile, zipfile
import gguf

OUT = "golden/text/llama-cpp-chats.json"
VERSIONS = {"llama-cpp-python": "0.3.36", "trl": "1.16.0"}
DATE = "26 Jul 2024"
MAIN = r"""
#include "jinja/lexer.h"
#include "jinja/parser.h"
#include "jinja/runtime.h"
#include "json.h"
#include <cstdlib>
#include <iostream>
#include <iterator>
extern "C" void ggml_abort(const char * file, int line, const char * text, ...) {
    std::cerr << file << ":" << line << ": " << text << std::endl;
    std::abort();
}
int main() { // {"template", "context"} on the standard input, the text on the standard output
    const std::string text((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
    const common_json input = common_json::parse(text);
    const std::string source = input.at("template").get<std::string>();
    jinja::lexer lexer;
    auto tokens = lexer.tokenize(source);
    auto program = jinja::parse_from_tokens(tokens);
    jinja::context context(source);
    jinja::global_from_json(context, input.at("context"), false);
    jinja::runtime runtime(context);
    std::cout << jinja::runtime::gather_string_parts(runtime.execute(program))->as_string().str();
}
"""


def download(name, folder, *options):
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, *options]
    subprocess.run([*pip, f"{name}=={VERSIONS[name]}"], check=True)
    return glob.glob(os.path.join(folder, name.replace("-", "[-_]") + "*"))[0]


def build(folder):
    """The engine and a main program around it; returns its path."""
    source = download("llama-cpp-python", folder, "--no-binary", "llama-cpp-python")
    with tarfile.open(source) as archive:
        wanted = [member for member in archive if "/vendor/llama.cpp/" in member.name and not member.issym()]
        archive.extractall(folder, [m for m in wanted if m.name.endswith((".h", ".hpp", ".cpp"))])
    root = glob.glob(os.path.join(folder, "llama_cpp_python-*", "vendor", "llama.cpp"))[0]
    main = os.path.join(folder, "main.cpp")
    open(main, "w").write(MAIN)
    common = os.path.join(root, "common")
    files = [main, *sorted(glob.glob(f"{common}/jinja/*.cpp")), f"{common}/json.cpp", f"{common}/unicode.cpp"]
    includes = [common, os.path.join(root, "vendor"), os.path.join(root, "ggml", "include")]
    binary = os.path.join(folder, "render")
    subprocess.run(["g++", "-std=c++17", "-O1", *(f"-I{path}" for path in includes), *files, "-o", binary], check=True)
    return binary


def templates(folder):
    """By family: its template, and the special tokens of its frame."""
    llama = ["<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"]
    chatml = ["<|im_start|>", "<|im_end|>"]
    config = lambda path: json.load(open(path))["chat_template"]
    with zipfile.ZipFile(download("trl", folder)) as wheel:
        read = lambda name: wheel.read(f"trl/chat_templates/{name}.jinja").decode()
        return {
            "ours, Llama 3": (config("golden/text/tokenizer_config.json"), llama),
            "pocket-base": (config("models/pocket-base/tokenizer_config.json"), llama),
            "SmolLM2": (gguf.GGUFReader(sys.argv[1]).fields["tokenizer.chat_template"].contents(), chatml),
            "Llama 3.2": (read("llama3_2"), llama),
            "Qwen2.5": (read("qwen2_5"), chatml),
            "Qwen3": (read("qwen3"), chatml),
        }


# The engine trims ASCII spaces alone where jinja2 trims a no-break space too; our prompts hold mail that is trimmed already.
USER = {"role": "user", "content": "Subject: Lunch?\n\nHi Ann,\n\nwould 12:30 on Friday suit you?\n\nBob\n"}
TURNS = {
    "system and user": [{"role": "system", "content": "Reply to this email."}, USER],
    "user alone": [USER],
    "a whole exchange": [{"role": "system", "content": " Be brief. "}, USER, {"role": "assistant", "content": "Yes, gladly.\n"}],
    "other scripts": [{"role": "user", "content": "  Grüße 👍🏽 こんにちは {{ bos_token }} {% x %} \\n 'quoted' \"so\"  \n"}],
}

with tempfile.TemporaryDirectory() as folder:
    render = build(folder)
    families = []
    for family, (template, special) in templates(folder).items():
        bos = special[0] if "bos_token" in template else None
        chats = []
        for name, messages in TURNS.items():
            context = {"messages": messages, "date_string": DATE, "enable_thinking": False, "bos_token": bos or "", "eos_token": special[1]}
            if messages[-1]["role"] == "user":
                context["add_generation_prompt"] = True
            given = json.dumps({"template": template, "context": context})
            text = subprocess.run([render], input=given, capture_output=True, text=True, check=True).stdout
            chats.append({"name": name, "messages": messages, "text": text})
        families.append({"family": family, "special": special, "bos": bos, "template": template, "chats": chats})
    json.dump({"versions": VERSIONS, "dateString": DATE, "families": families}, open(OUT, "w"), ensure_ascii=False, indent=1)
