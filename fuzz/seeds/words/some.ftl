# words
greeting = Hello, { $name }!
many =
    one
    two { $n }
