module libinfo

go 1.19
